/** Every parser of something that strangers send: whatever is changed in a valid input, it answers and never throws. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeEnvelope, encodeEnvelopeHead, parseEnvelope } from '../src/crates/envelope.js';
import { parseAnswer } from '../src/doors/answers.js';
import { checkFilter, followFilterSchema, queryFilterFromParameters } from '../src/doors/filter.js';
import { parseRequest } from '../src/doors/requests.js';
import { decodeBase64url, encodeBase64url } from '../src/encoding/base64url.js';
import { encodeUtf8 } from '../src/encoding/bytes.js';
import { isErrorCode } from '../src/errors/codes.js';
import type { Result } from '../src/errors/result.js';
import { signingKeyFromJwk } from '../src/keys/ed25519.js';
import { limits } from '../src/limits.js';
import { makeCardBody, readCard } from '../src/mailboxes/card.js';
import type { HoldfastRecord } from '../src/records/record.js';
import { signRecord, verifyRecord } from '../src/records/verify.js';
import { verifyMessage } from '../src/sealing/message.js';
import { padPlaintext, readPlaintext } from '../src/sealing/plaintext.js';
import { messageContent, messageHeader, sealRaw } from '../src/vectors/generate/raw-crate.js';
import { signRaw } from '../src/vectors/generate/raw-jws.js';
import { header, now } from '../src/vectors/generate/record-vectors.js';
import { alice, bob, bobsMailbox } from '../src/vectors/people.js';
import { mutatedBytes, mutatedJson } from './mutations.js';

const runs = { numRuns: 500 };
const id = 'PLLXub18GGi3q7oZClJZSCCx77N6zaPYfvSSQstUTCY';

/** The value, or undefined for a refusal, which has one of the codes and a detail for every reader of JSON. */
function answered<T>(result: Result<T>, codes: RegExp): T | undefined {
  if (result.ok) return result.value;
  expect(result.code).toMatch(codes);
  expect(isErrorCode(result.code)).toBe(true);
  expect(result.detail).not.toBe('');
  expect(result.detail.isWellFormed()).toBe(true);
  return undefined;
}

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

  it('message is refused, or read as what it says', async () => {
    const content = await messageContent();
    const contents = mutatedJson([content, { ...content, siblings: [id] }]);
    await fc.assert(
      fc.asyncProperty(contents, fc.boolean(), async (text, inHeader) => {
        const [head, payload] = inHeader ? [text, content] : [messageHeader, encodeUtf8(text)];
        const jws = await signRaw(head, payload, alice);
        const read = answered(await verifyMessage(encodeUtf8(jws), content.to), /^crate-content-invalid$/);
        if (read === undefined) return;
        expect(read).toEqual({ sender: alice.x, content: JSON.parse(text.toWellFormed()) as object, jws });
      }),
      runs,
    );
  });

  it('plaintext is refused, or has its parts', () => {
    const plaintext = padPlaintext(new Uint8Array(32).fill(7), encodeUtf8('hello'), 144).subarray(0, 100);
    fc.assert(
      fc.property(mutatedBytes([plaintext]), (bytes) => {
        const read = answered(readPlaintext(bytes), /^crate-content-invalid$/);
        if (read !== undefined) expect(read.message).toEqual(bytes.slice(36, 36 + read.message.length));
      }),
      runs,
    );
  });

  it('envelope is refused, or reads back the same', async () => {
    const envelope = await sealRaw();
    const [size] = limits.crateSizesBytes;
    const sized = mutatedBytes([envelope, envelope.subarray(0, 200)]).map((bytes) => {
      const fitted = new Uint8Array(size);
      fitted.set(bytes.subarray(0, size));
      return fitted;
    });
    fc.assert(
      fc.property(fc.oneof(sized, mutatedBytes([envelope])), (bytes) => {
        const read = answered(parseEnvelope(bytes), /^crate-(?!expir)/);
        if (read === undefined) return;
        const again = encodeEnvelope(encodeEnvelopeHead(read), read.enc, read.ciphertext);
        expect(Buffer.compare(again, bytes)).toBe(0);
      }),
      runs,
    );
  });

  it('card is refused, or read with what a writer needs', async () => {
    const { signing, kem } = await bobsMailbox();
    const archives = ['https://archive.example', 'http://[2001:db8::1]:7070/a%20b'];
    const body = await makeCardBody({ signing, kem: kem[0]! }, bob.x, archives);
    const card = { id, jws: '', author: bob.x, collection: 'keys', key: signing.x, iat: now, body };
    await fc.assert(
      fc.asyncProperty(mutatedJson([body]).filter(isJson), async (text) => {
        const record = { ...card, body: JSON.parse(text) as HoldfastRecord['body'] };
        const read = answered(await readCard(record), /^card-invalid$/);
        if (read === undefined) return;
        expect(read).toMatchObject({ author: bob.x, mailbox: signing.x, suite: 1 });
        for (const url of read.archives) expect(new URL(url).protocol).toMatch(/^https?:$/);
      }),
      runs,
    );
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
      { op: 'deposit', n: 6, envelope: 'AAAA' },
      { op: 'collect', n: 7, mailbox: bob.x, signature },
      { op: 'ack', n: 8, crate: id, secret: id },
      { op: 'discard', n: 9, crate: id, signature },
      { op: 'recall', n: 10, crate: id, secret: id },
      { op: 'status', n: 11, crates: [id, id] },
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
    const answers = [
      { op: 'hello', archive: id, version: '1', challenge: id, time: now },
      { op: 'published', n: 1, id, status: 'stored' },
      { op: 'record', n: 2, record: 'a.b.c' },
      { op: 'page', n: 3, records: ['a.b.c'], cursor: 'c' },
      { op: 'entries', n: 4, entries: [{ cursor: 'c', record: 'a.b.c' }] },
      { op: 'collecting', n: 5, waiting: 1 },
      { op: 'crate', n: 6, crate: id, envelope: 'AAAA' },
      { op: 'statuses', n: 7, statuses: [{ crate: id, status: 'delivered', proof: id }] },
      { op: 'error', code: 'overloaded', detail: 'Later.', retryable: true },
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
