/** The keys of a mailbox (spec/crates.md, "Mailboxes"): one that owns it, and one that crates are sealed to. */
import type { PrivateJwk } from '../keys/ed25519.js';

/** A key pair of suite 1 (X-Wing): it rotates, the mailbox stays. */
export interface KemKeys {
  readonly suite: 1;
  /** 1216 bytes in base64url. */
  readonly publicKey: string;
  /** The 32 bytes of its seed in base64url. */
  readonly privateKey: string;
}

export interface MailboxKeys {
  /** Its `x` is the mailbox's id. */
  readonly signing: PrivateJwk;
  readonly kem: KemKeys;
}

export const kemPublicKeyBytes = 1216;
export const kemPrivateKeyBytes = 32;
