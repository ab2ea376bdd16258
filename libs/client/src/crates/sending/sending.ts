/** Seals a message into crates, one for every mailbox of every recipient. */
import { encodeBase64url, HoldfastError, type MailboxAddress, type SigningKey } from '@holdfast/protocol';
import type { ReplyAddress, SealedCrate } from '@holdfast/protocol/sealing';
import type { MessageDraft } from '../status/message-status.js';
import type { SentCrate } from './sent-store.js';
import { limits as wire } from '@holdfast/protocol';
import { limits } from '../../limits.js';
import { archiveUrl } from '../../link/archive-url.js';

const messageIdBytes = 16;
const hourSeconds = 3600;

export interface MessageToSeal {
  readonly id: string;
  /** When it was first sent, NumericDate. */
  readonly sentAt: number;
  readonly text: string;
  /** Everybody that it is for, also those to whom no crate is sealed now. */
  readonly recipients: readonly string[];
  /** Where the one recipient writes from now on. */
  readonly reply?: ReplyAddress | undefined;
  readonly expiryHours?: number | undefined;
  readonly copies: number;
}

export interface SealedCrates {
  readonly crates: readonly SentCrate[];
  /** By crate id, base64url. */
  readonly envelopes: ReadonlyMap<string, string>;
}

export const newMessageId = (): string =>
  encodeBase64url(crypto.getRandomValues(new Uint8Array(messageIdBytes)));

/** The different recipients. Throws `request-malformed`. */
export function recipientsOf({ to }: MessageDraft): readonly string[] {
  const recipients = [...new Set(typeof to === 'string' ? [to] : to)];
  if (recipients.length === 0 || recipients.length > limits.recipientsMax) {
    throw new HoldfastError('request-malformed', `A message has 1 to ${limits.recipientsMax} recipients.`);
  }
  return recipients;
}

/** Throws `request-malformed`. */
export function copiesOf({ copies }: MessageDraft, byDefault: number): number {
  const wanted = copies ?? byDefault;
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= limits.archivesMax) return wanted;
  throw new HoldfastError('request-malformed', `Copies are wanted at 1 to ${limits.archivesMax} archives.`);
}

/** @param now NumericDate, seconds */
export async function sealMessage(
  message: MessageToSeal,
  cards: readonly MailboxAddress[],
  sender: SigningKey,
  now: number,
): Promise<SealedCrates> {
  const { id, sentAt, text, recipients, reply, expiryHours = limits.expiryHoursDefault, copies } = message;
  if (!(expiryHours >= 1 && expiryHours <= wire.crateLifetimeHoursMax)) {
    throw new HoldfastError(
      'request-malformed',
      `A message expires after 1 to ${wire.crateLifetimeHoursMax} hours.`,
    );
  }
  const { sealCrate } = await import('@holdfast/protocol/sealing');
  // A whole hour, and not beyond the longest life: an archive whose clock is behind would refuse it.
  const latest = Math.floor(now / hourSeconds + wire.crateLifetimeHoursMax);
  const expiryHour = Math.min(latest, Math.ceil(now / hourSeconds + expiryHours));
  const crates: SentCrate[] = [];
  const envelopes = new Map<string, string>();
  for (const address of cards) {
    const { mailbox, kem } = address;
    const siblings = crates.map(({ crate }) => crate).slice(-wire.siblingsMax);
    const content = {
      id,
      iat: sentAt,
      to: mailbox,
      text,
      recipients,
      ...(siblings.length === 0 ? {} : { siblings }),
      ...(reply === undefined ? {} : { reply }),
    };
    const sealed = await sealCrate({ content, sender, kemPublicKey: kem, expiryHour }).catch(
      undefinedForBadKey,
    );
    if (sealed === undefined) continue;
    envelopes.set(sealed.crate, encodeBase64url(sealed.envelope));
    crates.push(sentCrate(id, address, sealed, { copies, sealedAt: now }));
  }
  requireCrateForEach(cards, crates);
  return { crates, envelopes };
}

/** What is kept of a crate that was sealed for this address. */
export const sentCrate = (
  message: string,
  { author, mailbox, archives, ids }: MailboxAddress,
  sealed: SealedCrate,
  { copies, sealedAt }: Pick<SentCrate, 'copies' | 'sealedAt'>,
): SentCrate => ({
  crate: sealed.crate,
  message,
  to: author,
  mailbox,
  sealedAt,
  expiresAt: sealed.expiryHour * hourSeconds,
  sizeBytes: sealed.envelope.length,
  nonce: encodeBase64url(sealed.nonce),
  ackHash: encodeBase64url(sealed.ackHash),
  recallHash: encodeBase64url(sealed.recallHash),
  recallSecret: sealed.recallSecret,
  collectedAt: archives.map(archiveUrl),
  cardIds: ids,
  copies,
});

/** That a card's key is none shows only when it is used; another card of the same recipient may have a good one. */
function undefinedForBadKey(error: unknown): undefined {
  if (!(error instanceof HoldfastError) || error.code !== 'key-invalid') throw error;
}

function requireCrateForEach(cards: readonly MailboxAddress[], crates: readonly SentCrate[]): void {
  const reached = new Set(crates.map(({ to }) => to));
  const missed = cards.find(({ author }) => !reached.has(author));
  if (missed === undefined) return;
  throw new HoldfastError(
    'recipient-unreachable',
    'The recipient has published no mailbox with a key that works.',
    { to: missed.author },
  );
}
