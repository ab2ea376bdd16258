/** What an archive's word about a crate adds to what is known of it. Only what can be checked, or costs nothing to believe. */
import {
  decodeBase64url,
  limits as wire,
  provesDeparture,
  type CrateStatus,
  type Way,
} from '@holdfast/protocol';
import type { CrateKnowledge, SentCrate } from './sent-store.js';

export type CrateNews =
  | { readonly kind: 'news'; readonly news: Partial<CrateKnowledge> }
  /** The archive does not hold it, and ought to if it is the one that accepted it. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'unbelievable'; readonly detail: string };

/**
 * Delivery is believed on the receipt only, that the mailbox's owner refused the crate on the mailbox's signature, a
 * recall on the secret for it, expiry only when our own clock allows it.
 *
 * @param place the archive that says so, as an entry of `CrateKnowledge.places`
 * @param now NumericDate, seconds
 */
export async function newsOf(
  { status, proof }: Pick<CrateStatus, 'status' | 'proof'>,
  sent: SentCrate,
  place: Readonly<Record<string, string>>,
  now: number,
): Promise<CrateNews> {
  switch (status) {
    case 'accepted':
      return { kind: 'news', news: { progress: 'accepted', places: place } };
    case 'delivered':
      if (await isProven(sent, 'ack', proof)) {
        return { kind: 'news', news: { progress: 'delivered', places: place } };
      }
      return { kind: 'unbelievable', detail: 'The archive says "delivered" without a receipt that fits.' };
    case 'expired':
      if (now < sent.expiresAt - wire.clockSkewSecondsMax) {
        return { kind: 'unbelievable', detail: 'The archive says "expired" long before the crate expires.' };
      }
      return { kind: 'news', news: { progress: 'accepted', end: status, places: place } };
    case 'discarded':
      if (await isProven(sent, 'discard', proof)) {
        return { kind: 'news', news: { progress: 'accepted', end: status, places: place } };
      }
      return {
        kind: 'unbelievable',
        detail: 'The archive says "discarded" without the mailbox\'s signature.',
      };
    case 'recalled':
      // Only who may recall it has the secret, in this program or in another one on the storage.
      if (await isProven(sent, 'recall', proof)) return { kind: 'news', news: { end: 'recalled' } };
      return { kind: 'unbelievable', detail: 'The archive says "recalled" without the secret for it.' };
    case 'unknown':
      return { kind: 'lost' };
  }
}

async function isProven(
  { crate, mailbox, nonce, ackHash, recallHash }: SentCrate,
  way: Way,
  proof: string | undefined,
): Promise<boolean> {
  const bytes = proof === undefined ? undefined : decodeBase64url(proof);
  if (bytes === undefined) return false;
  const hash = (text: string): Uint8Array => decodeBase64url(text)!;
  const provable = {
    id: crate,
    mailbox,
    nonce: hash(nonce),
    ackHash: hash(ackHash),
    recallHash: hash(recallHash),
  };
  return provesDeparture(provable, way, bytes);
}
