/** What a node of the overlay signs so that an archive relays to it (spec/relay.md, "Joining"). */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes, encodeUtf8 } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import type { SigningKey } from '../keys/ed25519.js';

/** "holdfast-join-1" || challenge (32) || archive (32): good for one connection to one archive. */
export function joinText(archive: string, challenge: string): Uint8Array<ArrayBuffer> {
  return concatBytes(encodeUtf8('holdfast-join-1'), bytesOf(challenge), bytesOf(archive));
}

export const signJoin = async (node: SigningKey, archive: string, challenge: string): Promise<string> =>
  encodeBase64url(await node.sign(joinText(archive, challenge)));

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64urlOf(text, 32);
  if (bytes === undefined) throw new HoldfastError('key-invalid', 'Not 32 bytes in base64url.');
  return bytes;
}
