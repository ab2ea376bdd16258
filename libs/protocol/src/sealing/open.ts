/**
 * Opens a crate (spec/crates.md, "Opening"). What it answers may be acknowledged: the secret inside has been checked
 * against the envelope's ackHash, the message's signature and its addressee too.
 */
import { DecapError, OpenError } from '@hpke/core';
import { parseEnvelope, type Envelope } from '../crates/envelope.js';
import { crateIdOf, isReceiptFor } from '../crates/secrets.js';
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, type Result } from '../errors/result.js';
import { kemPrivateKeyBytes, type KemKeys } from '../mailboxes/keys.js';
import { verifyMessage, type Message } from './message.js';
import { readPlaintext } from './plaintext.js';
import { hpke, hpkeInfo, kem } from './suite.js';

export interface OpenedCrate extends Message {
  /** The crate's id. */
  readonly crate: string;
  /** base64url: the receipt. */
  readonly ackSecret: string;
}

export interface OpeningKeys {
  readonly mailbox: string;
  /** The identity that the mailbox belongs to: a fellow may bring what is for it. */
  readonly owner?: string;
  /** The newest first. */
  readonly kem: readonly KemKeys[];
}

/**
 * Refuses with the codes of parseEnvelope, `crate-mailbox-foreign`, `crate-undecryptable`, `crate-receipt-mismatch`
 * and `crate-content-invalid`. Throws `key-invalid` when an own key is malformed. Expiry is not looked at.
 */
export async function openCrate(envelope: Uint8Array, keys: OpeningKeys): Promise<Result<OpenedCrate>> {
  const parsed = parseEnvelope(envelope);
  if (!parsed.ok) return parsed;
  if (parsed.value.mailbox !== keys.mailbox) {
    return refused('crate-mailbox-foreign', 'The crate is addressed to another mailbox.');
  }
  const plaintext = await decrypt(parsed.value, keys.kem);
  if (plaintext === undefined) {
    return refused('crate-undecryptable', 'No key of this mailbox opens the crate.');
  }
  const inside = readPlaintext(plaintext);
  if (!inside.ok) return inside;
  const { ackSecret, message } = inside.value;
  if (!(await isReceiptFor(parsed.value, ackSecret))) {
    return refused('crate-receipt-mismatch', "The secret inside does not fit the crate's ackHash.");
  }
  const verified = await verifyMessage(message, keys.mailbox, keys.owner);
  if (!verified.ok) return verified;
  return accepted({
    ...verified.value,
    crate: await crateIdOf(envelope),
    ackSecret: encodeBase64url(ackSecret),
  });
}

async function decrypt(
  envelope: Envelope,
  keys: readonly KemKeys[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { enc, ciphertext, associatedData } = envelope;
  for (const pair of keys) {
    const recipientKey = await importKemPrivateKey(pair);
    const plaintext = await hpke
      .open({ recipientKey, enc, info: hpkeInfo }, ciphertext, associatedData)
      .catch(undefinedWhenRefused);
    if (plaintext !== undefined) return new Uint8Array(plaintext);
  }
  return undefined;
}

/**
 * What an envelope can bring about is a refusal. Anything else, such as a browser without WebCrypto, says nothing about
 * the crate, which would be discarded for it.
 */
function undefinedWhenRefused(error: unknown): undefined {
  if (error instanceof OpenError || error instanceof DecapError) return undefined;
  throw error;
}

async function importKemPrivateKey(keys: KemKeys): Promise<CryptoKey> {
  const seed = decodeBase64urlOf(keys.privateKey, kemPrivateKeyBytes);
  if (seed === undefined) {
    throw new HoldfastError('key-invalid', `A private KEM key is ${kemPrivateKeyBytes} bytes in base64url.`);
  }
  return kem.deserializePrivateKey(seed);
}
