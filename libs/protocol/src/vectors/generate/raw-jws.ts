/** Makes compact JWS with anything in them, also what records/ would never make. */
import { encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes, encodeUtf8, sha256 } from '../../encoding/bytes.js';
import { signingKeyFromJwk, type PrivateJwk } from '../../keys/ed25519.js';

/** A text stands as it is, bytes too; an object as its JSON. */
export type RawPart = string | Uint8Array | object;

export const bytesOf = (part: RawPart): Uint8Array =>
  part instanceof Uint8Array ? part : encodeUtf8(typeof part === 'string' ? part : JSON.stringify(part));

export const signingInputOf = (header: RawPart, payload: RawPart): string =>
  `${encodeBase64url(bytesOf(header))}.${encodeBase64url(bytesOf(payload))}`;

export async function signRaw(header: RawPart, payload: RawPart, signer: PrivateJwk): Promise<string> {
  return signInput(signingInputOf(header, payload), signer);
}

export async function signInput(signingInput: string, signer: PrivateJwk): Promise<string> {
  const key = await signingKeyFromJwk(signer);
  return `${signingInput}.${encodeBase64url(await key.sign(encodeUtf8(signingInput)))}`;
}

/** A last character whose unused bits are not zero: the same bytes to a lax decoder, another text. */
export function notCanonical(base64url: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return base64url.slice(0, -1) + alphabet[alphabet.indexOf(base64url.at(-1)!) | 1]!;
}

/** As many bytes as are asked for, the same ones for the same label. */
export async function pseudoRandom(label: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i * 32 < length; i++)
    blocks.push(await sha256(encodeUtf8(`holdfast vectors: ${label} ${i}`)));
  return concatBytes(...blocks).slice(0, length);
}
