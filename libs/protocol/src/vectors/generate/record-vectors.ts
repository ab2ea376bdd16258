/** vectors/records.json: the form of the JWS, the header, the key and the signature; payloads stand in payload-vectors.ts. */
import { encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes, encodeUtf8 } from '../../encoding/bytes.js';
import { decodeBase64url } from '../../encoding/base64url.js';
import type { ErrorCode } from '../../errors/codes.js';
import { alice, bob } from '../people.js';
import { bytesOfHex, piecesOf, type VectorCase } from '../vector-file.js';
import {
  signatureUnderNeutralKey,
  signatureWithNeutralR,
  smallOrderEncodings,
  withUnreducedS,
} from './forgeries.js';
import { recordByMixedOrder, recordByMixedOrderWithCofactor, recordWithMixedR } from './mixed-order.js';
import { notCanonical, signInput, signingInputOf, signRaw, type RawPart } from './raw-jws.js';

/** 2027-01-15T08:00:00Z: when all vectors are read. */
export const now = 1_800_000_000;
export const header = { alg: 'Ed25519', typ: 'holdfast-record', kid: alice.x };
export const payload = { collection: 'notes', iat: now, body: 'hello' };

const [headerPart, payloadPart] = signingInputOf(header, payload).split('.') as [string, string];

export const refusedRecord = (name: string, record: string, code: ErrorCode): VectorCase => ({
  name,
  record: piecesOf(record),
  now,
  expect: { ok: false, code },
});

export async function recordVectors(): Promise<VectorCase[]> {
  const good = await signRaw(header, payload, alice);
  const signature = decodeBase64url(good.split('.')[2]!)!;
  return [
    ...formVectors(good),
    ...(await headerVectors()),
    ...(await keyVectors()),
    ...(await signatureVectors(good, signature)),
  ];
}

function formVectors(good: string): VectorCase[] {
  const [head, content, signature] = good.split('.') as [string, string, string];
  const malformed = (name: string, record: string): VectorCase =>
    refusedRecord(`form: ${name}`, record, 'record-malformed');
  return [
    malformed('no text', ''),
    malformed('one part', head),
    malformed('two parts', `${head}.${content}`),
    malformed('four parts', `${good}.${signature}`),
    malformed('five parts, as a JWE has', `${good}.${signature}.${signature}`),
    malformed('nothing but dots', '.'.repeat(60_000)),
    malformed('JSON serialization', JSON.stringify({ protected: head, payload: content, signature })),
    malformed('padding after the header', `${head}=.${content}.${signature}`),
    malformed('padding after the payload', `${head}.${content}==.${signature}`),
    malformed('padding after the signature', `${good}==`),
    malformed('base64 instead of base64url', `${head}.${content}.${'+/'.repeat(43)}`),
    malformed('a signature with unused bits set', `${head}.${content}.${notCanonical(signature)}`),
    malformed('a space at the beginning', ` ${good}`),
    malformed('a line break at the end', `${good}\n`),
    malformed('a character beyond ASCII', `${head}.${content}é.${signature}`),
    malformed('a part of impossible length', `${head}.${content}.${signature}AAA`),
  ];
}

async function headerVectors(): Promise<VectorCase[]> {
  const refusedHeader = async (
    name: string,
    raw: RawPart,
    code: ErrorCode = 'record-header-invalid',
  ): Promise<VectorCase> => refusedRecord(`header: ${name}`, await signRaw(raw, payload, alice), code);
  const algorithm = (alg: unknown): Promise<VectorCase> =>
    refusedHeader(`algorithm ${String(alg)}`, { ...header, alg }, 'record-algorithm-unsupported');
  const text = JSON.stringify(header);
  const twice = (member: string): string => `${text.slice(0, -1)},${member}}`;
  return [
    refusedRecord(
      'algorithm none, without a signature',
      `${signingInputOf({ ...header, alg: 'none' }, payload)}.`,
      'record-algorithm-unsupported',
    ),
    await algorithm('none'),
    await algorithm('HS256'),
    await algorithm('ES256'),
    await algorithm('EdDSA'),
    await algorithm('Ed448'),
    await algorithm('ed25519'),
    await algorithm(1),
    await refusedHeader('no algorithm', { typ: header.typ, kid: header.kid }, 'record-algorithm-unsupported'),
    await refusedHeader('nothing inside', {}, 'record-algorithm-unsupported'),
    await refusedHeader(
      'another algorithm and an unknown member',
      { ...header, alg: 'none', zip: 'DEF' },
      'record-algorithm-unsupported',
    ),
    await refusedHeader('kid null', { ...header, kid: null }),
    await refusedHeader('no typ', { alg: header.alg, kid: header.kid }),
    await refusedHeader('no kid', { alg: header.alg, typ: header.typ }),
    await refusedHeader('typ JWT', { ...header, typ: 'JWT' }),
    await refusedHeader('typ in capitals', { ...header, typ: 'HOLDFAST-RECORD' }),
    await refusedHeader('typ of a message', { ...header, typ: 'holdfast-message' }),
    await refusedHeader('typ with a media type prefix', { ...header, typ: 'application/holdfast-record' }),
    await refusedHeader('kid a number', { ...header, kid: 7 }),
    await refusedHeader('crit', { ...header, crit: ['exp'], exp: now + 1 }),
    await refusedHeader('crit, empty', { ...header, crit: [] }),
    await refusedHeader('b64 false', { ...header, b64: false, crit: ['b64'] }),
    await refusedHeader('an unknown member', { ...header, zip: 'DEF' }),
    await refusedHeader('a key of its own in jwk', {
      ...header,
      jwk: { kty: 'OKP', crv: 'Ed25519', x: alice.x },
    }),
    await refusedHeader('a member __proto__', twice('"__proto__":"x"')),
    await refusedHeader('kid instead of which there is __proto__', {
      alg: header.alg,
      typ: header.typ,
      ['__proto__']: alice.x,
    }),
    await refusedHeader('kid twice', twice(`"kid":"${alice.x}"`)),
    await refusedHeader('kid twice with different values', twice(`"kid":"${bob.x}"`)),
    await refusedHeader('alg twice, once escaped', twice('"\\u0061lg":"Ed25519"')),
    await refusedHeader('an array', [header]),
    await refusedHeader('an array of text', '["alg","typ","kid"]'),
    await refusedHeader('a text', '"Ed25519"'),
    await refusedHeader('null', 'null'),
    await refusedHeader('nothing', ''),
    await refusedHeader('not JSON', '{alg:"Ed25519"}'),
    await refusedHeader('a trailing comma', `${text.slice(0, -1)},}`),
    await refusedHeader('a byte order mark', `\ufeff${text}`),
    await refusedHeader('not UTF-8', concatBytes(encodeUtf8(text), Uint8Array.of(0xff))),
    refusedRecord(
      'unused bits set in the header',
      await signInput(`${notCanonical(signingInputOf(`${text} `, '').split('.')[0]!)}.${payloadPart}`, alice),
      'record-malformed',
    ),
  ];
}

async function keyVectors(): Promise<VectorCase[]> {
  const refusedKid = async (name: string, kid: string): Promise<VectorCase> =>
    refusedRecord(name, await signRaw({ ...header, kid }, payload, alice), 'record-author-invalid');
  const forged = encodeBase64url(await signatureUnderNeutralKey(alice));
  const raw = decodeBase64url(alice.x)!;
  return [
    await refusedKid('kid empty', ''),
    await refusedKid('kid of 31 bytes', encodeBase64url(raw.subarray(0, 31))),
    await refusedKid('kid of 33 bytes', encodeBase64url(concatBytes(raw, raw.subarray(0, 1)))),
    await refusedKid('kid with padding', `${alice.x}=`),
    await refusedKid('kid with unused bits set', notCanonical(alice.x)),
    await refusedKid(
      'kid in hexadecimal',
      [...raw].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    ),
    await refusedKid('kid a URL', 'https://example.org/key'),
    await refusedKid('kid not reduced', encodeBase64url(bytesOfHex(`f0${'ff'.repeat(30)}7f`))),
    ...smallOrderEncodings.map(([name, point]) => {
      const kid = encodeBase64url(bytesOfHex(point));
      return refusedRecord(
        `kid of small order (${name}) and a signature that verifies for any message under order 1`,
        `${signingInputOf({ ...header, kid }, payload)}.${forged}`,
        'record-author-invalid',
      );
    }),
  ];
}

async function signatureVectors(good: string, signature: Uint8Array): Promise<VectorCase[]> {
  const signingInput = good.slice(0, good.lastIndexOf('.'));
  const invalid = (name: string, bytes: Uint8Array, input = signingInput): VectorCase =>
    refusedRecord(`signature: ${name}`, `${input}.${encodeBase64url(bytes)}`, 'record-signature-invalid');
  const flipped = (at: number): Uint8Array => {
    const copy = signature.slice();
    copy[at]! ^= 1;
    return copy;
  };
  const other = signingInputOf(header, { ...payload, body: 'hellp' });
  return [
    refusedRecord(
      "the kid of somebody else than the signer: Alice's, signed by Bob",
      await signRaw(header, payload, bob),
      'record-signature-invalid',
    ),
    invalid('a signature of another payload', signature, other),
    invalid(
      'a signature of another header',
      signature,
      `${signingInputOf({ kid: alice.x, alg: 'Ed25519', typ: header.typ }, payload)}`,
    ),
    invalid('no signature', new Uint8Array(0)),
    invalid('a signature of 63 bytes', signature.slice(0, 63)),
    invalid('a signature of 65 bytes', concatBytes(signature, Uint8Array.of(0))),
    invalid('a signature of zeros', new Uint8Array(64)),
    invalid('a bit of R flipped', flipped(3)),
    invalid('a bit of S flipped', flipped(40)),
    invalid('S not reduced', withUnreducedS(signature)),
    invalid(
      'R the neutral point, which verifies',
      await signatureWithNeutralR(alice, encodeUtf8(signingInput)),
    ),
    invalid('R not reduced', concatBytes(bytesOfHex(`f0${'ff'.repeat(30)}7f`), signature.subarray(32))),
    ...smallOrderEncodings.map(([name, point]) =>
      invalid(`R of small order (${name})`, concatBytes(bytesOfHex(point), signature.subarray(32))),
    ),
    refusedRecord(
      'signature: R of mixed order, which verifies with cofactor alone',
      recordWithMixedR,
      'record-signature-invalid',
    ),
    refusedRecord(
      'signature: kid of mixed order, which verifies with cofactor alone',
      recordByMixedOrderWithCofactor,
      'record-signature-invalid',
    ),
    {
      name: 'signature: kid of mixed order, which verifies without cofactor',
      record: recordByMixedOrder,
      now,
      expect: {
        ok: true,
        id: '_5uO4ZNcYYInIyyqLu2mIVY-9VOnMtc1PH-A9BZUFeM',
        author: 'TDLUs-S5bJIHLQrsMmvpcCmtABuzlCM1XyqaZeANu3k',
        payload: { collection: 'notes', iat: now, body: 'hello 3' },
      },
    },
    refusedRecord(
      'a signature over the payload alone',
      `${headerPart}.${payloadPart}.${(await signInput(payloadPart, alice)).split('.')[1]!}`,
      'record-signature-invalid',
    ),
  ];
}
