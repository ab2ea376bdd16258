/** Every parser of something that strangers send: whatever is changed in a valid input, it answers and never throws. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAnswer } from '../src/doors/answers.js';
import {
  departureAnswersSchema,
  departuresSchema,
  offerAnswersSchema,
  offersSchema,
} from '../src/doors/between-archives.js';
import {
  checkFilter,
  describeIssue,
  followFilterSchema,
  queryFilterFromParameters,
} from '../src/doors/filter.js';
import { parseRequest } from '../src/doors/requests.js';
import { decodeBase64url, encodeBase64url } from '../src/encoding/base64url.js';
import { encodeUtf8 } from '../src/encoding/bytes.js';
import { signingKeyFromJwk } from '../src/keys/ed25519.js';
import { signRecord, verifyRecord } from '../src/records/verify.js';
import { signRaw } from '../src/vectors/generate/raw-jws.js';
import { header, now } from '../src/vectors/generate/record-vectors.js';
import { alice, bob } from '../src/vectors/people.js';
import { mutatedBytes, mutatedJson } from './mutations.js';
import { answered, id, isJson, runs } from './answered.js';

const payloads = [
  { collection: 'notes', iat: now, body: 'hello' },
  {
    collection: 'mail',
    key: 'a',
    iat: now,
    exp: now + 9,
    topics: ['a', 'b'],
    refs: [id],
    body: { a: [1, { b: '𝄞' }] },
  },
];

describe('a changed', () => {
  it('payload of a record is refused, or read as what it says', async () => {
    await fc.assert(
      fc.asyncProperty(mutatedJson(payloads), async (text) => {
        const jws = await signRaw(header, encodeUtf8(text), alice);
        const record = answered(await verifyRecord(jws, now), /^record-/);
        if (record === undefined) return;
        const { id: _, author, jws: __, ...payload } = record;
        expect(author).toBe(alice.x);
        // Encoding has put U+FFFD for a lone surrogate.
        expect(payload).toEqual(JSON.parse(text.toWellFormed()));
      }),
      runs,
    );
  });

  it('header of a record is refused, or names its author', async () => {
    await fc.assert(
      fc.asyncProperty(mutatedJson([header]), async (text) => {
        const jws = await signRaw(encodeUtf8(text), payloads[0]!, alice);
        const record = answered(await verifyRecord(jws, now), /^record-/);
        if (record !== undefined) expect(JSON.parse(text)).toEqual(header);
      }),
      runs,
    );
  });

  it('text of a record is refused', async () => {
    const { jws } = await signRecord(payloads[1]!, await signingKeyFromJwk(alice), now);
    const texts = mutatedBytes([encodeUtf8(jws)]).map((bytes) => Buffer.from(bytes).toString('latin1'));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const record = answered(await verifyRecord(text, now), /^record-/);
        if (record !== undefined) expect(text).toBe(jws);
      }),
      runs,
    );
  });

  it('body between archives is refused, or one that reads back the same', () => {
    const offer = { crate: id, sizeBytes: 4096, expiryHour: 500_000, holders: ['https://archive.example'] };
    const departures = [
      { crate: id, way: 'ack', proof: id },
      { crate: id, way: 'discard', proof: 'A'.repeat(86) },
      { crate: id, way: 'recall', proof: id },
    ];
    const bodies = [{ crates: [offer, { ...offer, holders: [] }] }, { crates: departures }];
    const answers = [
      {
        crates: [
          { crate: id, status: 'accepted', custody: 'a.b.c' },
          { crate: id, status: 'wanted' },
        ],
      },
      {
        crates: [{ crate: id, status: 'refused', code: 'quota-exceeded', quota: 'archive-disk', until: now }],
      },
      {
        crates: [
          { crate: id, status: 'delivered', proof: id },
          { crate: id, status: 'noted' },
        ],
      },
    ];
    const schemas = [offersSchema, departuresSchema, offerAnswersSchema, departureAnswersSchema];
    let taken = 0;
    fc.assert(
      fc.property(mutatedJson([...bodies, ...answers]).filter(isJson), (text) => {
        for (const schema of schemas) {
          const parsed = schema.safeParse(JSON.parse(text));
          if (!parsed.success) expect(describeIssue(parsed.error)).not.toBe('');
          else if (schema === offersSchema || schema === departuresSchema)
            expect(parsed.data).toEqual(JSON.parse(text));
          taken += Number(parsed.success);
        }
      }),
      runs,
    );
    expect(taken).toBeGreaterThan(0);
  });

  it('request is refused, or one that reads back the same', () => {
    const filter = {
      author: alice.x,
      collection: 'notes',
      key: 'k',
      topic: 't',
      since: 0,
      until: 1,
      history: true,
    };
    const signature = 'A'.repeat(86);
    const requests = [
      { op: 'publish', n: 1, record: 'a.b.c' },
      { op: 'get', n: 2, id },
      { op: 'query', n: 3, filter: { ...filter, q: 'kelp', limit: 5, cursor: 'c' } },
      { op: 'follow', n: 4, filter, cursor: 'c' },
      { op: 'cancel', n: 5, target: 4 },
      { op: 'deposit', n: 6, envelope: 'AAAA', bring: ['https://a.example'], holders: ['https://b.example'] },
      { op: 'collect', n: 7, mailbox: bob.x, signature },
      { op: 'ack', n: 8, crate: id, secret: id },
      { op: 'discard', n: 9, crate: id, signature },
      { op: 'recall', n: 10, crate: id, secret: id },
      { op: 'status', n: 11, crates: [id, id] },
      { op: 'receipts', n: 12, epoch: 500_000, shard: 'c5' },
    ];
    fc.assert(
      fc.property(mutatedJson(requests), (text) => {
        const read = answered(parseRequest(text), /^(request-malformed|op-unknown|filter-invalid)$/);
        if (read !== undefined) expect(read).toEqual(JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('answer is refused, or one that reads back the same', () => {
    const errand = { url: 'https://a.example', attempts: 3, nextAttempt: now, code: 'archive-unreachable' };
    const released = { crate: id, status: 'recalled', proof: id };
    const answers = [
      { op: 'hello', archive: id, version: '1', challenge: id, time: now },
      { op: 'hello', archive: id, version: '1', challenge: id, time: now, scope: { since: 1 }, horizon: now },
      { op: 'published', n: 1, id, status: 'stored' },
      { op: 'record', n: 2, record: 'a.b.c' },
      { op: 'page', n: 3, records: ['a.b.c'], cursor: 'c' },
      { op: 'entries', n: 4, entries: [{ cursor: 'c', record: 'a.b.c' }] },
      { op: 'collecting', n: 5, waiting: 1 },
      { op: 'crate', n: 6, crate: id, envelope: 'AAAA' },
      { op: 'statuses', n: 7, statuses: [{ crate: id, status: 'delivered', proof: id }] },
      {
        op: 'statuses',
        n: 7,
        statuses: [{ crate: id, status: 'accepted', custody: ['a.b.c'], errands: [errand] }],
      },
      { op: 'deposited', n: 8, crate: id, status: 'accepted', custody: 'a.b.c' },
      { op: 'released', n: 9, epoch: 5, shard: 'c', entries: [released], more: false, next: 6, now: 7 },
      { op: 'error', code: 'overloaded', detail: 'Later.', retryable: true },
      {
        op: 'error',
        n: 1,
        code: 'quota-exceeded',
        detail: 'x',
        retryable: true,
        quota: 'archive-disk',
        until: now,
      },
    ];
    fc.assert(
      fc.property(mutatedJson(answers), (text) => {
        const read = answered(parseAnswer(text), /^answer-invalid$/);
        if (read !== undefined) expect(parseAnswer(JSON.stringify(read))).toEqual({ ok: true, value: read });
      }),
      { numRuns: 3000 },
    );
  });

  it('filter is refused, in a frame and over HTTP', () => {
    const filter = { author: alice.x, collection: 'notes', key: 'k', topic: 't', since: 0, until: 1 };
    const query = new URLSearchParams({
      ...filter,
      since: '0',
      until: '1',
      limit: '5',
      q: 'kelp',
    }).toString();
    const queries = mutatedBytes([encodeUtf8(query)]).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(mutatedJson([filter]).filter(isJson), queries, (text, changed) => {
        answered(checkFilter(followFilterSchema, JSON.parse(text)), /^filter-invalid$/);
        answered(queryFilterFromParameters(new URLSearchParams(changed)), /^filter-invalid$/);
      }),
      runs,
    );
  });

  it('base64url is refused, or the one text of its bytes', () => {
    const texts = mutatedBytes([encodeUtf8(id), encodeUtf8('AA'), encodeUtf8('AAA')]);
    fc.assert(
      fc.property(texts, (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        const decoded = decodeBase64url(text);
        if (decoded !== undefined) expect(encodeBase64url(decoded)).toBe(text);
        expect(decoded !== undefined).toBe(Buffer.from(text, 'base64url').toString('base64url') === text);
      }),
      runs,
    );
  });
});
