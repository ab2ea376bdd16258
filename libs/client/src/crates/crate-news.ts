/** What an archive's word about a crate adds to what is known of it. Only what can be checked, or costs nothing to believe. */
import { decodeBase64url, isReceiptFor, type CrateStatus } from '@holdfast/protocol';
import type { CrateKnowledge, SentCrate } from './sent-store.js';

export type CrateNews =
  | { readonly kind: 'news'; readonly news: Partial<CrateKnowledge> }
  /** The archive does not hold it, and ought to if it is the one that accepted it. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'unbelievable'; readonly detail: string };

/**
 * Delivery is believed on the receipt only, a recall only if it was asked for. That the mailbox's owner has discarded
 * the crate, or that it expired, cannot be checked: an archive that lied about it could as well have dropped the crate.
 */
export async function newsOf(
  { status, receipt }: Pick<CrateStatus, 'status' | 'receipt'>,
  sent: SentCrate,
  known: CrateKnowledge,
  archive: string,
): Promise<CrateNews> {
  switch (status) {
    case 'accepted':
      return { kind: 'news', news: { progress: 'accepted', archive } };
    case 'delivered':
      if (await isReceipt(receipt, sent)) return { kind: 'news', news: { progress: 'delivered', archive } };
      return { kind: 'unbelievable', detail: 'The archive says "delivered" without a receipt that fits.' };
    case 'discarded':
    case 'expired':
      return { kind: 'news', news: { progress: 'accepted', end: status, archive } };
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
  receipt: string | undefined,
  { mailbox, nonce, ackHash }: SentCrate,
): Promise<boolean> {
  const secret = receipt === undefined ? undefined : decodeBase64url(receipt);
  if (secret === undefined) return false;
  return isReceiptFor(
    { mailbox, nonce: decodeBase64url(nonce)!, ackHash: decodeBase64url(ackHash)! },
    secret,
  );
}
