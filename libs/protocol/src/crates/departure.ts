/**
 * The three proofs that let a crate go before its expiry (spec/crates.md, "Leaving"). Each can be checked by whoever
 * has the envelope, so it does not matter who brings it.
 */
import { decodePublicKey, verifyEd25519 } from '../keys/ed25519.js';
import { discardText } from '../mailboxes/proofs.js';
import { sha256 } from '../encoding/bytes.js';
import { isReceiptFor, isRecallFor, type Digest } from './secrets.js';

export type Way = 'ack' | 'discard' | 'recall';

/** What an envelope says that proofs are checked against. */
export interface ProvableCrate {
  readonly id: string;
  /** base64url */
  readonly mailbox: string;
  readonly nonce: Uint8Array;
  readonly ackHash: Uint8Array;
  readonly recallHash: Uint8Array;
}

/** How a crate is called that left in this way. */
export const stateAfter = {
  ack: 'delivered',
  discard: 'discarded',
  recall: 'recalled',
} as const satisfies Record<Way, string>;

/** @param proof the ackSecret, the mailbox's signature over the discard text, or the recallSecret */
export async function provesDeparture(
  crate: ProvableCrate,
  way: Way,
  proof: Uint8Array,
  digest: Digest = sha256,
): Promise<boolean> {
  switch (way) {
    case 'ack':
      return isReceiptFor(crate, proof, digest);
    case 'recall':
      return isRecallFor(crate, proof, digest);
    case 'discard': {
      const mailbox = decodePublicKey(crate.mailbox);
      return mailbox !== undefined && verifyEd25519(mailbox, discardText(crate.id), proof);
    }
  }
}
