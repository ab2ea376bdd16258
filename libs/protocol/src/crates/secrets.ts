/**
 * A crate's name and the two secrets that let it leave (spec/crates.md, "Acknowledging" and "Recall"). Whoever shows
 * the preimage of ackHash has opened the crate; whoever shows the one of recallHash has sealed it. The public nonce and
 * the mailbox stand in both, so that no secret fits two crates.
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes, encodeUtf8, equalBytes, sha256 } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { hashSizeBytes } from './envelope.js';

/** SHA-256: for whoever has a faster one than WebCrypto's, which goes to another thread and back. */
export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>;

/** base64url(SHA-256(envelope)), 43 characters. */
export const crateIdOf = async (envelope: Uint8Array): Promise<string> =>
  encodeBase64url(await sha256(envelope));

/** SHA-256("holdfast-ack-1" || mailbox (32) || nonce (32) || ackSecret (32)). */
export const ackHashOf = async (
  mailbox: string,
  nonce: Uint8Array,
  secret: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> => sha256(hashed('holdfast-ack-1', mailbox, nonce, secret));

/** SHA-256("holdfast-recall-1" || mailbox (32) || nonce (32) || recallSecret (32)). */
export const recallHashOf = async (
  mailbox: string,
  nonce: Uint8Array,
  secret: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> => sha256(hashed('holdfast-recall-1', mailbox, nonce, secret));

/** Whether the secret is the crate's receipt. */
export async function isReceiptFor(
  crate: AcknowledgedCrate,
  secret: Uint8Array,
  digest: Digest = sha256,
): Promise<boolean> {
  if (secret.length !== hashSizeBytes) return false;
  return equalBytes(
    await digest(hashed('holdfast-ack-1', crate.mailbox, crate.nonce, secret)),
    crate.ackHash,
  );
}

/** Whether the secret is the one that its sender kept for taking the crate back. */
export async function isRecallFor(
  crate: RecalledCrate,
  secret: Uint8Array,
  digest: Digest = sha256,
): Promise<boolean> {
  if (secret.length !== hashSizeBytes) return false;
  return equalBytes(
    await digest(hashed('holdfast-recall-1', crate.mailbox, crate.nonce, secret)),
    crate.recallHash,
  );
}

interface AcknowledgedCrate {
  /** base64url */
  readonly mailbox: string;
  readonly nonce: Uint8Array;
  readonly ackHash: Uint8Array;
}

interface RecalledCrate {
  /** base64url */
  readonly mailbox: string;
  readonly nonce: Uint8Array;
  readonly recallHash: Uint8Array;
}

function hashed(
  purpose: string,
  mailbox: string,
  nonce: Uint8Array,
  secret: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const mailboxKey = decodeBase64urlOf(mailbox, hashSizeBytes);
  if (mailboxKey === undefined || nonce.length !== hashSizeBytes || secret.length !== hashSizeBytes) {
    throw new HoldfastError('key-invalid', 'A mailbox, a nonce and a secret have 32 bytes each.');
  }
  return concatBytes(encodeUtf8(purpose), mailboxKey, nonce, secret);
}
