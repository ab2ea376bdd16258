/** What an archive's word about a crate adds to what is known of it. Only what can be checked, or costs nothing to believe. */
import { decodeBase64url, isReceiptFor, limits as wire, type CrateStatus } from '@holdfast/protocol';
import type { CrateKnowledge, SentCrate } from './sent-store.js';

export type CrateNews =
  | { readonly kind: 'news'; readonly news: Partial<CrateKnowledge> }
  /** The archive does not hold it, and ought to if it is the one that accepted it. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'unbelievable'; readonly detail: string };

/**
 * Delivery is believed on the receipt only, a recall only if it was asked for, expiry only when our own clock allows it.
 * That the mailbox's owner has discarded the crate cannot be checked: an archive that lied about it could as well have
 * dropped the crate.
 *
 * @param place the archive that says so, as an entry of `CrateKnowledge.places`
 * @param now NumericDate, seconds
 */
export async function newsOf(
  { status, proof }: Pick<CrateStatus, 'status' | 'proof'>,
  sent: SentCrate,
  known: CrateKnowledge,
  place: Readonly<Record<string, string>>,
  now: number,
): Promise<CrateNews> {
  switch (status) {
    case 'accepted':
      return { kind: 'news', news: { progress: 'accepted', places: place } };
    case 'delivered':
      if (await isReceipt(proof, sent)) {
        return { kind: 'news', news: { progress: 'delivered', places: place } };
      }
      return { kind: 'unbelievable', detail: 'The archive says "delivered" without a receipt that fits.' };
    case 'expired':
      if (now < sent.expiresAt - wire.clockSkewSecondsMax) {
        return { kind: 'unbelievable', detail: 'The archive says "expired" long before the crate expires.' };
      }
      return { kind: 'news', news: { progress: 'accepted', end: status, places: place } };
    case 'discarded':
      return { kind: 'news', news: { progress: 'accepted', end: status, places: place } };
    case 'recalled':
      if (known.recall === true) return { kind: 'news', news: { end: 'recalled' } };
      return {
        kind: 'unbelievable',
        detail: 'The archive says "recalled", but nobody here has recalled it.',
      };
    case 'unknown':
      return { kind: 'lost' };
  }
}

async function isReceipt(
  proof: string | undefined,
  { mailbox, nonce, ackHash }: SentCrate,
): Promise<boolean> {
  const secret = proof === undefined ? undefined : decodeBase64url(proof);
  if (secret === undefined) return false;
  return isReceiptFor(
    { mailbox, nonce: decodeBase64url(nonce)!, ackHash: decodeBase64url(ackHash)! },
    secret,
  );
}
