/**
 * Ed25519 (RFC 8032) as Holdfast uses it: strict, so that every implementation gives the same verdict.
 * Refused beyond what WebCrypto refuses: public keys whose y coordinate is not reduced, and public keys or
 * signature points of small order, which verify for messages that nobody signed. spec/records.md, "Signatures".
 */
import { HoldfastError } from '../errors/holdfast-error.js';
import { decodeBase64urlOf } from '../encoding/base64url.js';

const publicKeyBytes = 32;
export const signatureBytes = 64;
const seedBytes = 32;

/** The y coordinates of the points whose order divides 8, sign bit cleared, in hexadecimal. */
const smallOrderPoints = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** Whether 32 bytes are an acceptable public key: canonical and not of small order. */
export function isAcceptablePublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === publicKeyBytes && isReduced(publicKey) && !hasSmallOrder(publicKey);
}

/**
 * Whether 64 bytes may be a signature at all: R is canonical and not of small order, S is below the group order.
 * Verifiers agree on the rest; on these three they differ, so they are decided here.
 */
export function isAcceptableSignature(signature: Uint8Array): boolean {
  if (signature.length !== signatureBytes) return false;
  const r = signature.subarray(0, 32);
  return isReduced(r) && !hasSmallOrder(r) && isScalar(signature.subarray(32));
}

/** Strict verification (RFC 8032 section 5.1.7, without cofactor) with WebCrypto. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!isAcceptablePublicKey(publicKey) || !isAcceptableSignature(signature)) return false;
  const key = await crypto.subtle
    .importKey('raw', publicKey as BufferSource, 'Ed25519', false, ['verify'])
    .catch(() => undefined);
  if (key === undefined) return false;
  return crypto.subtle.verify('Ed25519', key, signature as BufferSource, message as BufferSource);
}

/** A private key that can only sign: an identity, a mailbox or an archive, named by its public key in base64url. */
export interface SigningKey {
  readonly publicKey: string;
  sign(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

/** An Ed25519 private key as a JWK (RFC 8037 section 2). */
export interface PrivateJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

export async function generatePrivateJwk(): Promise<PrivateJwk> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const { x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return { kty: 'OKP', crv: 'Ed25519', x: x!, d: d! };
}

/** Throws `key-invalid` when the JWK is not an Ed25519 private key whose two halves belong together. */
export async function signingKeyFromJwk(jwk: PrivateJwk): Promise<SigningKey> {
  const publicKey = typeof jwk.x === 'string' ? decodeBase64urlOf(jwk.x, publicKeyBytes) : undefined;
  const seed = typeof jwk.d === 'string' ? decodeBase64urlOf(jwk.d, seedBytes) : undefined;
  if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || publicKey === undefined || seed === undefined) {
    throw new HoldfastError('key-invalid', 'The key is not an Ed25519 private key as a JWK (RFC 8037).');
  }
  const privateKey = await crypto.subtle
    .importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: jwk.x, d: jwk.d }, 'Ed25519', false, ['sign'])
    .catch((cause: unknown) => {
      throw new HoldfastError('key-invalid', 'The key cannot be used for Ed25519.', {}, { cause });
    });
  const key: SigningKey = {
    publicKey: jwk.x,
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message as BufferSource)),
  };
  const probe = new Uint8Array([1]);
  if (!(await verifyEd25519(publicKey, probe, await key.sign(probe)))) {
    throw new HoldfastError(
      'key-invalid',
      'The public and the private half of the key do not belong together.',
    );
  }
  return key;
}

/** The raw bytes of a public key in base64url when it is an acceptable one. */
export function decodePublicKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = decodeBase64urlOf(text, publicKeyBytes);
  return bytes !== undefined && isAcceptablePublicKey(bytes) ? bytes : undefined;
}

/** The field prime is 2^255 - 19: an encoding is reduced when it is below it, the sign bit left aside. */
function isReduced(point: Uint8Array): boolean {
  if ((point[31]! & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (point[i] !== 0xff) return true;
  return point[0]! < 0xed;
}

/** The order of the base point, 2^252 + 27742317777372353535851937790883648493, little endian. */
const groupOrder = [
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

function isScalar(s: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) if (s[i] !== groupOrder[i]) return s[i]! < groupOrder[i]!;
  return false;
}

function hasSmallOrder(point: Uint8Array): boolean {
  const middle = point[1]!;
  // All five points are recognised by their second byte first: the common case costs one comparison.
  if (middle !== 0x00 && middle !== 0xff && middle !== 0xe8 && middle !== 0x17) return false;
  let hex = '';
  for (let i = 0; i < 32; i++) hex += (i === 31 ? point[i]! & 0x7f : point[i]!).toString(16).padStart(2, '0');
  return smallOrderPoints.has(hex);
}
