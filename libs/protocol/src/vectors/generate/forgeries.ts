/**
 * Ed25519 signatures that a lax verifier takes although nobody signed, or that differ from a good one without
 * breaking it: what spec/records.md, "Signatures", refuses. Arithmetic on bare integers, for vectors only.
 */
import { decodeBase64urlOf } from '../../encoding/base64url.js';
import { concatBytes } from '../../encoding/bytes.js';
import type { PrivateJwk } from '../../keys/ed25519.js';
import { bytesOfHex } from '../vector-file.js';

const order = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The neutral point, (0, 1). */
export const neutralPoint = bytesOfHex('01' + '00'.repeat(31));

/** All encodings of the eight points whose order divides 8, reduced or not, and with a sign bit that x = 0 has not. */
export const smallOrderEncodings: readonly (readonly [name: string, hex: string])[] = [
  ['order 1', '01' + '00'.repeat(31)],
  ['order 1, x negative zero', '01' + '00'.repeat(30) + '80'],
  ['order 1, not reduced', 'ee' + 'ff'.repeat(30) + '7f'],
  ['order 1, not reduced, x negative zero', 'ee' + 'ff'.repeat(31)],
  ['order 2', 'ec' + 'ff'.repeat(30) + '7f'],
  ['order 2, x negative zero', 'ec' + 'ff'.repeat(31)],
  ['order 4', '00'.repeat(32)],
  ['order 4, the other one', '00'.repeat(31) + '80'],
  ['order 4, not reduced', 'ed' + 'ff'.repeat(30) + '7f'],
  ['order 4, the other one, not reduced', 'ed' + 'ff'.repeat(31)],
  ['order 8, first', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['order 8, second', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  ['order 8, third', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  ['order 8, fourth', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
];

/** Verifies for every message under the neutral point as public key: R = aB, S = a. */
export async function signatureUnderNeutralKey(jwk: PrivateJwk): Promise<Uint8Array<ArrayBuffer>> {
  return concatBytes(decodeBase64urlOf(jwk.x, 32)!, littleEndian((await secretScalar(jwk)) % order));
}

/** Verifies under the key itself although R is the neutral point: S = H(R, A, M) a. */
export async function signatureWithNeutralR(
  jwk: PrivateJwk,
  message: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const input = concatBytes(neutralPoint, decodeBase64urlOf(jwk.x, 32)!, message);
  const challenge = fromLittleEndian(await sha512(input));
  return concatBytes(neutralPoint, littleEndian((challenge * (await secretScalar(jwk))) % order));
}

/** The same signature with S + L for S: equal modulo the order, another byte string. */
export function withUnreducedS(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(
    signature.subarray(0, 32),
    littleEndian(fromLittleEndian(signature.subarray(32)) + order),
  );
}

async function secretScalar(jwk: PrivateJwk): Promise<bigint> {
  const hash = (await sha512(decodeBase64urlOf(jwk.d, 32)!)).subarray(0, 32);
  hash[0]! &= 248;
  hash[31]! &= 127;
  hash[31]! |= 64;
  return fromLittleEndian(hash);
}

const sha512 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-512', bytes));

const fromLittleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
