/**
 * What a mailbox key signs (spec/crates.md, "Collecting" and "Discarding"). Every signed text begins with a name of
 * its own, so that a signature made for one purpose is never valid for another.
 */
import { concatBytes, encodeUtf8 } from '../encoding/bytes.js';
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import type { SigningKey } from '../keys/ed25519.js';

/** "holdfast-collect-1" || archive (32) || challenge (32) || mailbox (32): good for one connection to one archive. */
export function collectText(archive: string, challenge: string, mailbox: string): Uint8Array<ArrayBuffer> {
  return concatBytes(
    encodeUtf8('holdfast-collect-1'),
    bytesOf(archive),
    bytesOf(challenge),
    bytesOf(mailbox),
  );
}

/** "holdfast-discard-1" || crateId (32): good at every archive that holds the crate. */
export function discardText(crate: string): Uint8Array<ArrayBuffer> {
  return concatBytes(encodeUtf8('holdfast-discard-1'), bytesOf(crate));
}

/** "holdfast-card-1" || author (32): the mailbox agrees to stand on this identity's card. */
export function cardText(author: string): Uint8Array<ArrayBuffer> {
  return concatBytes(encodeUtf8('holdfast-card-1'), bytesOf(author));
}

export const signCollect = async (mailbox: SigningKey, archive: string, challenge: string): Promise<string> =>
  encodeBase64url(await mailbox.sign(collectText(archive, challenge, mailbox.publicKey)));

export const signDiscard = async (mailbox: SigningKey, crate: string): Promise<string> =>
  encodeBase64url(await mailbox.sign(discardText(crate)));

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64urlOf(text, 32);
  if (bytes === undefined) throw new HoldfastError('key-invalid', 'Not 32 bytes in base64url.');
  return bytes;
}
