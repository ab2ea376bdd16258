/** Seals a message into crates, one for every mailbox of every recipient. */
import { encodeBase64url, HoldfastError, type MailboxCard, type SigningKey } from '@holdfast/protocol';
import type { MessageDraft } from './message-status.js';
import type { SentCrate, StoredMessage } from './sent-store.js';
import { limits as wire } from '@holdfast/protocol';
import { limits } from '../limits.js';
import { archiveUrl } from '../link/archive-url.js';

const messageIdBytes = 16;
const hourSeconds = 3600;

export interface SealedMessage {
  readonly message: StoredMessage;
  /** By crate id, base64url. */
  readonly envelopes: ReadonlyMap<string, string>;
}

/** The different recipients. Throws `request-malformed`. */
export function recipientsOf({ to }: MessageDraft): readonly string[] {
  const recipients = [...new Set(typeof to === 'string' ? [to] : to)];
  if (recipients.length === 0 || recipients.length > limits.recipientsMax) {
    throw new HoldfastError('request-malformed', `A message has 1 to ${limits.recipientsMax} recipients.`);
  }
  return recipients;
}

/** @param now NumericDate, seconds */
export async function sealMessage(
  { text, expiryHours = limits.expiryHoursDefault }: MessageDraft,
  cards: readonly MailboxCard[],
  sender: SigningKey,
  now: number,
): Promise<SealedMessage> {
  if (!(expiryHours >= 1 && expiryHours <= wire.crateLifetimeHoursMax)) {
    throw new HoldfastError(
      'request-malformed',
      `A message expires after 1 to ${wire.crateLifetimeHoursMax} hours.`,
    );
  }
  const { sealCrate } = await import('@holdfast/protocol/sealing');
  const expiryHour = Math.ceil(now / hourSeconds + expiryHours);
  const id = encodeBase64url(crypto.getRandomValues(new Uint8Array(messageIdBytes)));
  const crates: SentCrate[] = [];
  const envelopes = new Map<string, string>();
  for (const { author, mailbox, kem, archives } of cards) {
    const content = { id, iat: now, to: mailbox, text };
    const sealed = await sealCrate({ content, sender, kemPublicKey: kem, expiryHour }).catch(
      undefinedForBadKey,
    );
    if (sealed === undefined) continue;
    envelopes.set(sealed.crate, encodeBase64url(sealed.envelope));
    crates.push({
      crate: sealed.crate,
      message: id,
      to: author,
      mailbox,
      expiresAt: expiryHour * hourSeconds,
      nonce: encodeBase64url(sealed.nonce),
      ackHash: encodeBase64url(sealed.ackHash),
      recallSecret: sealed.recallSecret,
      collectedAt: archives.map(archiveUrl),
    });
  }
  requireCrateForEach(cards, crates);
  return { message: { id, sentAt: now, crates }, envelopes };
}

/** That a card's key is none shows only when it is used; another card of the same recipient may have a good one. */
function undefinedForBadKey(error: unknown): undefined {
  if (!(error instanceof HoldfastError) || error.code !== 'key-invalid') throw error;
}

function requireCrateForEach(cards: readonly MailboxCard[], crates: readonly SentCrate[]): void {
  const reached = new Set(crates.map(({ to }) => to));
  const missed = cards.find(({ author }) => !reached.has(author));
  if (missed === undefined) return;
  throw new HoldfastError(
    'recipient-unreachable',
    'The recipient has published no mailbox with a key that works.',
    { to: missed.author },
  );
}
