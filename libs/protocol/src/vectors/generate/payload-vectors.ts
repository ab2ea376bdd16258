/** vectors/records.json: payloads, good and bad, under a good signature. */
import { encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes, encodeUtf8, sha256 } from '../../encoding/bytes.js';
import type { ErrorCode } from '../../errors/codes.js';
import { limits } from '../../limits.js';
import { alice } from '../people.js';
import { piecesOf, type VectorCase } from '../vector-file.js';
import { notCanonical, pseudoRandom, signRaw, type RawPart } from './raw-jws.js';
import { header, now, payload, refusedRecord } from './record-vectors.js';

const shuffled = { kid: header.kid, typ: header.typ, alg: header.alg };

export async function payloadVectors(): Promise<VectorCase[]> {
  return [...(await validVectors()), ...(await textVectors()), ...(await memberVectors())];
}

async function validVectors(): Promise<VectorCase[]> {
  const refs = [
    encodeBase64url(await pseudoRandom('ref', 32)),
    encodeBase64url(await pseudoRandom('ref two', 32)),
  ];
  const whole = {
    collection: 'mail.2026-11',
    key: 'Grüße/1',
    iat: now,
    exp: now + 1,
    topics: ['kelp', 'Seetang ist schön'],
    refs,
    body: { text: 'a\u0000b', list: [1, 1.5, -2e3, true, null, {}], ключ: '𝄞' },
  };
  const many = {
    ...payload,
    topics: Array.from({ length: limits.topicsMax }, (_, i) => `topic ${i}`),
    refs: await Promise.all(
      Array.from({ length: limits.refsMax }, async (_, i) =>
        encodeBase64url(await pseudoRandom(`ref ${i}`, 32)),
      ),
    ),
  };
  return [
    await valid('the smallest record', payload),
    await valid('all members', whole),
    await valid('header members in another order', payload, shuffled),
    await valid('white space in the header', payload, JSON.stringify(header, null, 2)),
    await valid('an escape in the header', payload, JSON.stringify(header).replace('Ed', '\\u0045d')),
    await valid('body null', { ...payload, body: null }),
    await valid('body false', { ...payload, body: false }),
    await valid('iat as far ahead as is allowed', { ...payload, iat: now + limits.recordAheadSecondsMax }),
    await valid('iat 0', { ...payload, iat: 0 }),
    await valid('iat written with a fraction of zero', `{"collection":"notes","iat":${now}.0,"body":1}`),
    await valid(
      'iat that binary64 rounds to a whole number',
      `{"collection":"notes","iat":${now}.00000001,"body":1}`,
    ),
    await valid('iat written with an exponent', '{"collection":"notes","iat":18e8,"body":1}'),
    await valid(
      'a number that binary64 rounds',
      '{"collection":"notes","iat":1,"body":0.1000000000000000055}',
    ),
    await valid('surrogates in pairs, escaped', '{"collection":"notes","iat":1,"body":"\\ud834\\udd1e"}'),
    await valid('the same name in two objects', { ...payload, body: [{ a: 1 }, { a: 2, b: { a: 3 } }] }),
    await valid(
      'a member __proto__ in the body',
      '{"collection":"notes","iat":1,"body":{"__proto__":{"a":1}}}',
    ),
    await valid('a collection of one character', { ...payload, collection: '7' }),
    await valid('a collection of 64 characters', { ...payload, collection: 'c'.repeat(64) }),
    await valid('a key of 256 characters', { ...payload, key: 'k'.repeat(limits.keyLengthMax) }),
    await valid('as many topics and refs as are allowed', many),
    await valid('nested as deep as is allowed', { ...payload, body: nested(limits.jsonDepthMax - 1) }),
    await valid('as large as is allowed', await payloadOfSize(limits.recordSizeBytesMax)),
  ];
}

/** Refusals of the JSON as a text. */
async function textVectors(): Promise<VectorCase[]> {
  const text = JSON.stringify(payload);
  const body = (json: string): string => `{"collection":"notes","iat":${now},"body":${json}}`;
  return [
    await refusedPayload('no payload', ''),
    await refusedPayload('not JSON', 'hello'),
    await refusedPayload(
      'not UTF-8',
      concatBytes(encodeUtf8(text.slice(0, -2)), Uint8Array.of(0xc3, 0x28, 0x22, 0x7d)),
    ),
    await refusedPayload(
      'UTF-8 in too many bytes',
      concatBytes(encodeUtf8(text.slice(0, -2)), Uint8Array.of(0xc0, 0x80, 0x22, 0x7d)),
    ),
    await refusedPayload(
      'a surrogate in UTF-8',
      concatBytes(encodeUtf8(text.slice(0, -2)), Uint8Array.of(0xed, 0xa0, 0x80, 0x22, 0x7d)),
    ),
    await refusedPayload('a byte order mark', `\ufeff${text}`),
    await refusedPayload('a trailing comma', `${text.slice(0, -1)},}`),
    await refusedPayload('text after the JSON', `${text} {}`),
    await refusedPayload('a comment', `/* hello */${text}`),
    await refusedPayload('NaN', body('NaN')),
    await refusedPayload('a number with a leading zero', body('01')),
    await refusedPayload('a number beyond binary64', body('1e400')),
    await refusedPayload('a line break in a string', body('"a\nb"')),
    await refusedPayload('single quotes', body("'a'")),
    await refusedPayload('a lone high surrogate', body('"\\ud834"')),
    await refusedPayload('a lone low surrogate', body('"a\\udd1eb"')),
    await refusedPayload('surrogates in the wrong order', body('"\\udd1e\\ud834"')),
    await refusedPayload('a lone surrogate in a member name', body('{"\\ud834":1}')),
    await refusedPayload('a member twice', body('1').replace('"iat"', `"iat":${now},"iat"`)),
    await refusedPayload('a member twice, once escaped', body('1,"bod\\u0079":2')),
    await refusedPayload('a member twice inside the body', body('{"a":1,"a":2}')),
    await refusedPayload('nested too deep', { ...payload, body: nested(limits.jsonDepthMax) }),
    await refusedPayload('thousands of brackets', body('['.repeat(20_000) + ']'.repeat(20_000))),
    await refusedPayload('thousands of brackets that stay open', body('['.repeat(40_000))),
    refusedRecord(
      'one byte too large',
      `${await signRaw(header, await payloadOfSize(limits.recordSizeBytesMax), alice)}A`,
      'record-too-large',
    ),
    refusedRecord('far too large', 'A'.repeat(1_000_000), 'record-too-large'),
  ];
}

/** Refusals of the members. */
async function memberVectors(): Promise<VectorCase[]> {
  const member = (name: string, members: object): Promise<VectorCase> =>
    refusedPayload(name, { ...payload, ...members });
  const ref = encodeBase64url(await pseudoRandom('ref', 32));
  return [
    await refusedPayload('an array', [payload]),
    await refusedPayload('a string', '"hello"'),
    await refusedPayload('null', 'null'),
    await refusedPayload('an empty object', {}),
    await member('no collection', { collection: undefined }),
    await member('no iat', { iat: undefined }),
    await member('no body', { body: undefined }),
    await member('an unknown member', { title: 'hello' }),
    await refusedPayload(
      'a member __proto__',
      `{"collection":"notes","iat":1,"body":1,"__proto__":{"key":"k"}}`,
    ),
    ...(await Promise.all(
      ['', 'Notes', 'a b', '.notes', 'notes-', 'nötes', 'a/b', 'c'.repeat(65)].map((collection) =>
        member(`collection "${collection.slice(0, 12)}" of ${collection.length} characters`, { collection }),
      ),
    )),
    await member('collection a number', { collection: 7 }),
    await member('iat a text', { iat: String(now) }),
    await member('iat with a fraction', { iat: now + 0.5 }),
    await member('iat negative', { iat: -1 }),
    await member('iat in milliseconds', { iat: now * 1000 }),
    await member('iat null', { iat: null }),
    await member('iat true', { iat: true }),
    await refusedPayload('iat a second too far ahead', { ...payload, iat: now + 601 }, 'record-from-future'),
    await member('exp equal to iat', { exp: now }),
    await member('exp before iat', { exp: now - 1 }),
    await member('exp with a fraction', { exp: now + 1.5 }),
    await member('exp null', { exp: null }),
    await refusedPayload('expired', { ...payload, iat: now - 9, exp: now - 1 }, 'record-expired'),
    await refusedPayload('expires at this second', { ...payload, iat: now - 9, exp: now }, 'record-expired'),
    await member('key empty', { key: '' }),
    await member('key of 257 characters', { key: 'k'.repeat(257) }),
    await member('key with a line break', { key: 'a\nb' }),
    await member('key with U+007F', { key: 'a\u007fb' }),
    await member('key null', { key: null }),
    await member('topics empty', { topics: [] }),
    await member('topics a text', { topics: 'kelp' }),
    await member('17 topics', { topics: Array.from({ length: 17 }, (_, i) => `topic ${i}`) }),
    await member('a topic twice', { topics: ['kelp', 'kelp'] }),
    await member('a topic of 129 characters', { topics: ['t'.repeat(129)] }),
    await member('a topic with U+0000', { topics: ['a\u0000b'] }),
    await member('a topic that is a number', { topics: [1] }),
    await member('refs empty', { refs: [] }),
    await member('refs of a wrong length', { refs: [ref.slice(1)] }),
    await member('a ref twice', { refs: [ref, ref] }),
    await member('a ref with unused bits set', { refs: [notCanonical(ref)] }),
    await member('65 refs', {
      refs: await Promise.all(
        Array.from({ length: 65 }, async (_, i) => encodeBase64url(await pseudoRandom(`ref ${i}`, 32))),
      ),
    }),
  ];
}

async function valid(name: string, content: RawPart, head: RawPart = header): Promise<VectorCase> {
  const record = await signRaw(head, content, alice);
  const id = encodeBase64url(await sha256(encodeUtf8(record.slice(0, record.lastIndexOf('.')))));
  // What a file would only repeat at length is told by the id alone.
  const members = typeof content === 'object' && record.length < 4096 ? { payload: content } : {};
  return { name, record: piecesOf(record), now, expect: { ok: true, id, author: alice.x, ...members } };
}

const refusedPayload = async (
  name: string,
  content: RawPart,
  code: ErrorCode = 'record-payload-invalid',
): Promise<VectorCase> => refusedRecord(`payload: ${name}`, await signRaw(header, content, alice), code);

function nested(depth: number): unknown {
  let value: unknown[] = [];
  for (let i = 1; i < depth; i++) value = [value];
  return value;
}

/** A payload that makes a record of exactly this many bytes. */
async function payloadOfSize(size: number): Promise<object> {
  const around = (await signRaw(header, { ...payload, body: '' }, alice)).length;
  let length = Math.floor(((size - around) * 3) / 4) - 3;
  const sized = (): object => ({ ...payload, body: 'x'.repeat(length) });
  while ((await signRaw(header, sized(), alice)).length < size) length++;
  return sized();
}
