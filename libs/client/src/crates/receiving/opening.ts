/** From what an archive has handed over to a verified message (spec/crates.md, "Opening"). */
import {
  accepted,
  crateIdOf,
  decodeBase64url,
  parseEnvelope,
  refused,
  type ErrorCode,
  type Result,
} from '@holdfast/protocol';
import type { OpenedCrate } from '@holdfast/protocol/sealing';
import type { CollectedMailbox, OwnMailboxes } from '../mailboxes/own-mailboxes.js';

export interface Opened extends OpenedCrate {
  readonly mailbox: CollectedMailbox;
  /** The public key that it was sealed to. */
  readonly key: string;
  /** NumericDate: when its crate expires. */
  readonly expiresAt: number;
  /** Another recipient has sealed it again: it was signed for another mailbox. */
  readonly isBrought: boolean;
}

const hourSeconds = 3600;

/** Refusals after which a crate is let go; what a later version of this program may read stays (spec, "Opening"). */
const forDiscard = new Set<ErrorCode>([
  'crate-undecryptable',
  'crate-content-invalid',
  'crate-receipt-mismatch',
]);

export const isForDiscard = (code: ErrorCode): boolean => forDiscard.has(code);

/** The bytes of the envelope, when they are those of the crate that was announced. */
export async function bytesOf(envelope: string, crate: string): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const bytes = decodeBase64url(envelope);
  return bytes !== undefined && (await crateIdOf(bytes)) === crate
    ? accepted(bytes)
    : refused('answer-invalid', 'The archive sent a crate under a wrong name.');
}

/** The mailbox that the envelope is for, as far as it can be read and is one of ours. */
export function mailboxOf(bytes: Uint8Array, mailboxes: OwnMailboxes): Result<CollectedMailbox> {
  const parsed = parseEnvelope(bytes);
  if (!parsed.ok) return parsed;
  const mailbox = mailboxes.withId(parsed.value.mailbox);
  return mailbox === undefined
    ? refused('crate-mailbox-foreign', 'The crate is addressed to another mailbox.')
    : accepted(mailbox);
}

/** Refuses with the codes of `openCrate`. */
export async function open(
  bytes: Uint8Array,
  mailbox: CollectedMailbox,
  owner: string,
): Promise<Result<Opened>> {
  const envelope = parseEnvelope(bytes);
  if (!envelope.ok) return envelope;
  const { openCrate } = await import('@holdfast/protocol/sealing');
  let refusal: Result<Opened> = refused('crate-undecryptable', 'This mailbox has no key.');
  // One key after the other: which one it was tells whether its sender knows the newest.
  for (const pair of mailbox.kem) {
    const opened = await openCrate(bytes, { mailbox: mailbox.mailbox, owner, kem: [pair] });
    if (!opened.ok) {
      refusal = opened;
      if (opened.code === 'crate-undecryptable') continue;
      return opened;
    }
    return accepted({
      ...opened.value,
      mailbox,
      key: pair.publicKey,
      expiresAt: envelope.value.expiryHour * hourSeconds,
      isBrought: opened.value.content.to !== mailbox.mailbox,
    });
  }
  return refusal;
}
