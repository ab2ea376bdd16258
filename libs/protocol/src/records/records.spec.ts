import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { valueOf } from '../errors/result.js';
import { isErrorCode } from '../errors/codes.js';
import { signingKeyFromJwk } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { encodeBase64url } from '../encoding/base64url.js';
import { alice } from '../vectors/people.js';
import { compareRevisions, type RecordPayload } from './record.js';
import { signRecord, verifyRecord } from './verify.js';

const now = 1_800_000_000;
const author = await signingKeyFromJwk(alice);
const label = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: Math.floor(maxLength / 8) })
    .filter((text) => ![...text].some((c) => c < ' ' || c === '\u007f'));
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => encodeBase64url(bytes));

const payloads: fc.Arbitrary<RecordPayload> = fc.record(
  {
    collection: fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/),
    iat: fc.integer({ min: 0, max: now + limits.recordAheadSecondsMax }),
    body: fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<RecordPayload['body']>,
    key: label(limits.keyLengthMax),
    exp: fc.integer({ min: now + 601, max: now + 1_000_000 }),
    topics: fc.uniqueArray(label(limits.topicLengthMax), { minLength: 1, maxLength: 4 }),
    refs: fc.uniqueArray(id, { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: ['collection', 'iat', 'body'] },
);

describe('a record', () => {
  it('is read as it was signed, whatever its payload', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const signed = await signRecord(payload, author, now);
        const read = valueOf(await verifyRecord(signed.jws, now));
        expect(read).toEqual(signed);
        expect(read).toMatchObject(JSON.parse(JSON.stringify(payload)) as object);
        expect(read.author).toBe(alice.x);
      }),
    );
  });

  it('with any one character changed, added or left out never says another thing', async () => {
    const record = await signRecord(
      { collection: 'notes', iat: now, body: 'hello', topics: ['a'] },
      author,
      now,
    );
    const anyCharacter = fc.oneof(
      fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const change = fc.constantFrom('change', 'add', 'leave out');
    await fc.assert(
      fc.asyncProperty(fc.nat(record.jws.length - 1), anyCharacter, change, async (at, character, how) => {
        const { jws } = record;
        const rest = jws.slice(how === 'add' ? at : at + 1);
        const changed = jws.slice(0, at) + (how === 'leave out' ? '' : character) + rest;
        const read = await verifyRecord(changed, now);
        if (changed === jws) expect(read.ok).toBe(true);
        else expect(read).toMatchObject({ ok: false, code: expect.stringMatching(/^record-/) });
      }),
      { numRuns: 1500 },
    );
  });

  it('is refused with a code whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (text) => {
        const read = await verifyRecord(text, now);
        expect(read.ok ? undefined : isErrorCode(read.code)).toBe(true);
      }),
    );
  });

  it('is not signed when others would refuse it', async () => {
    const sign = (payload: object) => signRecord(payload as RecordPayload, author, now);
    await expect(sign({ collection: 'Notes', iat: now, body: 1 })).rejects.toMatchObject({
      code: 'record-payload-invalid',
    });
    await expect(sign({ collection: 'notes', iat: now + 601, body: 1 })).rejects.toMatchObject({
      code: 'record-from-future',
    });
    const body = 'x'.repeat(limits.recordSizeBytesMax);
    await expect(sign({ collection: 'notes', iat: now, body })).rejects.toMatchObject({
      code: 'record-too-large',
    });
  });

  it('is named by the hash of what is signed, without the signature', async () => {
    const { jws, id } = await signRecord({ collection: 'notes', iat: now, body: 'hello' }, author, now);
    const signed = jws.slice(0, jws.lastIndexOf('.'));
    expect(id).toBe(createHash('sha256').update(signed).digest('base64url'));
  });
});

describe('the order of revisions', () => {
  const revision = fc.record({ iat: fc.integer({ min: 0, max: 3 }), id });

  it('is total: one of two different revisions is the newer, for everybody', () => {
    fc.assert(
      fc.property(revision, revision, revision, (a, b, c) => {
        expect(Math.sign(compareRevisions(a, b))).toBe(-Math.sign(compareRevisions(b, a)) + 0);
        expect(compareRevisions(a, b) === 0).toBe(a.iat === b.iat && a.id === b.id);
        if (compareRevisions(a, b) <= 0 && compareRevisions(b, c) <= 0) {
          expect(compareRevisions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('is by time first, and by the bytes of the id after that', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 2, maxLength: 8 }), (ids) => {
        const sorted = ids.map((one) => ({ iat: 1, id: one })).toSorted(compareRevisions);
        const asBytes = ids
          .map((one) => Buffer.from(one, 'base64url'))
          .toSorted((a, b) => a.compare(b))
          .map((bytes) => bytes.toString('base64url'));
        expect(sorted.map((one) => one.id)).toEqual(asBytes);
      }),
    );
    expect(compareRevisions({ iat: 2, id: 'A'.repeat(43) }, { iat: 1, id: '_'.repeat(43) })).toBeGreaterThan(
      0,
    );
  });
});
