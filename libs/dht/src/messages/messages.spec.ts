import { describe, expect, it } from '@jest/globals';
import { valueOf } from '@holdfast/protocol';
import fc from 'fast-check';
import { Key, keyBytes } from '../keys/key.js';
import { placeKinds, type Place } from '../keys/place.js';
import { dhtLimits } from '../limits.js';
import { decodeMessage } from './decode-message.js';
import { encodeMessage } from './encode-message.js';
import { isRequest, type Message } from './message.js';
import { messageBytes } from './message-bytes.js';
import { kinds, purposes, refusalCodes } from './wire.js';

const archives = [
  '8lcWAlJogHk_DN5jR0cmXi9O2Cbk_xXmCPABtbViYJc',
  'ZR0ZNzWqVoRpv9kwA-L99-daN4iJH-zuYbPX9qdfVSo',
  'FvgfrEuNj2fnexKEjOHKxdAyUuCWjAHRJ3C7UVDWuJU',
];
const anyKey = fc.uint8Array({ minLength: keyBytes, maxLength: keyBytes }).map((bytes) => new Key(bytes));
const anyPlace: fc.Arbitrary<Place> = fc.record({ kind: fc.constantFrom(...placeKinds), key: anyKey });
const anyItem = fc.string({
  minLength: 1,
  maxLength: 300,
  unit: fc.constantFrom(...'abcXYZ019-_.~!'),
});
const anyItems = fc.array(anyItem, { maxLength: dhtLimits.itemsPerMessageMax });
const anyTime = fc.integer({ min: 0, max: 4_000_000_000 });
const anyContact = fc
  .tuple(anyKey, fc.constantFrom(...archives), fc.boolean())
  .map(([id, archive, linked]) => (linked ? { id, archive, linked } : { id, archive }));
const anyMark = fc.tuple(anyPlace, anyKey, anyTime).map(([place, id, iat]) => ({
  place,
  id: place.kind === 'record' ? place.key : id,
  iat,
}));
const anyFilter = fc.record(
  {
    author: fc.constantFrom(...archives),
    collection: fc.constantFrom('notes', 'mail.inbox'),
    key: fc.constantFrom('k', 'Küste'),
    topic: fc.constantFrom('kelp', '海藻'),
    since: anyTime,
    until: anyTime,
    history: fc.boolean(),
  },
  { requiredKeys: [] },
);
const anyQuestion = fc.oneof(
  fc.record({ place: anyPlace }),
  fc.record({ filter: anyFilter, limit: fc.integer({ min: 1, max: 500 }) }),
);
const n = fc.nat({ max: 0xffffffff });
const anyLeft = fc.integer({ min: 1, max: 0xffffffff });
const anyBody: Record<Message['kind'], fc.Arbitrary<object>> = {
  ping: fc.constant({}),
  pong: fc.constant({}),
  find: fc.record({ target: anyKey, place: anyPlace }, { requiredKeys: ['target'] }),
  found: fc.record({
    contacts: fc.array(anyContact, { maxLength: dhtLimits.contactsPerAnswerMax }),
    items: anyItems,
  }),
  store: fc.record(
    {
      place: anyPlace,
      ring: fc.nat({ max: dhtLimits.ringsMax - 1 }),
      items: anyItems,
      cached: fc.boolean(),
      leftSeconds: anyLeft,
    },
    { requiredKeys: ['place', 'ring', 'items', 'cached'] },
  ),
  stored: fc.constant({}),
  digest: fc.record({ hash: anyKey, count: n }),
  same: fc.record({ same: fc.boolean() }),
  marks: fc.record(
    { marks: fc.array(anyMark, { maxLength: 30 }), after: anyKey, upTo: anyKey },
    { requiredKeys: ['marks'] },
  ),
  lacking: fc.record({
    wanted: fc.array(anyKey, { maxLength: 30 }),
    items: fc.array(fc.record({ place: anyPlace, item: anyItem, leftSeconds: anyLeft }), { maxLength: 5 }),
  }),
  flood: fc.record({
    flood: anyKey,
    question: anyQuestion,
    budget: fc.nat({ max: 500 }),
    depth: fc.nat({ max: 8 }),
  }),
  flooded: fc.record({ items: anyItems }),
  deliver: fc.record({ purpose: fc.constantFrom(...purposes), bytes: fc.uint8Array({ maxLength: 300 }) }),
  delivered: fc.constant({}),
  refused: fc.record({ code: fc.constantFrom(...refusalCodes) }),
};
const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  ...kinds.map((kind) =>
    fc.tuple(n, anyBody[kind]).map(([number, body]) => ({ kind, n: number, ...body }) as unknown as Message),
  ),
);

const key = new Key(new Uint8Array(keyBytes).fill(1));
const other = new Key(new Uint8Array(keyBytes).fill(2));
const place: Place = { kind: 'feed', key };
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
/** Keys remember what was asked of them, which is nobody's difference. */
const plain = (message: Message): unknown =>
  JSON.parse(JSON.stringify(message, (_, value: unknown) => (value instanceof Key ? value.text : value)));

/** It is refused, or means one thing that has these bytes. */
function isDecided(bytes: Uint8Array): void {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) {
    if (decoded.code !== 'message-invalid') throw new Error(decoded.code);
    return;
  }
  if (Buffer.compare(encodeMessage(decoded.value), bytes) !== 0) throw new Error('Another encoding.');
}

describe('a message', () => {
  it('comes out of its bytes as it went in', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(plain(valueOf(decodeMessage(encodeMessage(message))))).toEqual(plain(message));
      }),
      { numRuns: 400 },
    );
  });

  it('has as many bytes as are counted without encoding it', () => {
    fc.assert(
      fc.property(anyMessage, (message) => messageBytes(message) === encodeMessage(message).length),
      { numRuns: 400 },
    );
  });

  it('is refused whole when it is cut short or something follows', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const bytes = encodeMessage(message);
        expect(decodeMessage(new Uint8Array([...bytes, 0])).ok).toBe(message.kind === 'deliver');
        for (let length = 0; length < Math.min(bytes.length, 200); length++)
          isDecided(bytes.subarray(0, length));
        const isOpenEnded = message.kind === 'deliver' && message.bytes.length > 0;
        expect(decodeMessage(bytes.subarray(0, -1)).ok).toBe(isOpenEnded);
      }),
    );
  });

  it('of any bytes is refused or has exactly these bytes, and never throws', () => {
    const anyBytes = fc.uint8Array({ maxLength: 200, size: 'max' });
    const anyStart = fc
      .tuple(fc.nat({ max: kinds.length - 1 }), anyBytes)
      .map(([kind, bytes]) => new Uint8Array([1, kind, 0, 0, 0, 7, ...bytes]));
    fc.assert(fc.property(fc.oneof(anyBytes, anyStart), isDecided), { numRuns: 2_000 });
  });

  it('that was changed in some bytes is refused or has exactly these bytes', () => {
    const anyChange = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(anyMessage, fc.array(anyChange, { minLength: 1, maxLength: 4 }), (message, changes) => {
        const bytes = encodeMessage(message);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        isDecided(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not keep the bytes that it came in', () => {
    const bytes = encodeMessage({ kind: 'digest', n: 1, hash: key, count: 2 });
    const message = valueOf(decodeMessage(bytes));
    bytes.fill(0);
    expect(message).toMatchObject({ hash: { head: key.head } });
    expect((message as { hash: Key }).hash.equals(key)).toBe(true);
  });

  it('names each archive once', () => {
    const found = (archivesOf: readonly string[]): Message => ({
      kind: 'found',
      n: 1,
      contacts: archivesOf.map((archive) => ({ id: key, archive })),
      items: [],
    });
    const [one, two] = archives as [string, string];
    expect(messageBytes(found([one, two, one]))).toBe(messageBytes(found([one, one, one])) + keyBytes);
  });

  it.each<[string, Message]>([
    ['an item with a space', { kind: 'flooded', n: 1, items: ['a b'] }],
    ['an item beyond ASCII', { kind: 'flooded', n: 1, items: ['ä'] }],
    ['an empty item', { kind: 'flooded', n: 1, items: [''] }],
    ['an item that is too long', { kind: 'flooded', n: 1, items: ['a'.repeat(65_537)] }],
    ['too many items', { kind: 'flooded', n: 1, items: Array<string>(17).fill('a') }],
    ['more than fits', { kind: 'flooded', n: 1, items: Array<string>(3).fill('a'.repeat(65_536)) }],
    [
      'too many contacts',
      { kind: 'found', n: 1, contacts: many(9, { id: key, archive: archives[0]! }), items: [] },
    ],
    ['an archive that is none', { kind: 'found', n: 1, contacts: [{ id: key, archive: 'x' }], items: [] }],
    ['too many marks', { kind: 'marks', n: 1, marks: many(1_025, { place, id: key, iat: 1 }) }],
    [
      'a record beside its id',
      { kind: 'marks', n: 1, marks: [{ place: { kind: 'record', key }, id: other, iat: 1 }] },
    ],
    ['a negative time', { kind: 'marks', n: 1, marks: [{ place, id: key, iat: -1 }] }],
    ['too many wishes', { kind: 'lacking', n: 1, wanted: many(1_025, key), items: [] }],
    [
      'an item that has no time left',
      { kind: 'lacking', n: 1, wanted: [], items: [{ place, item: 'a', leftSeconds: 0 }] },
    ],
    ['no time left', { kind: 'store', n: 1, place, ring: 0, items: [], cached: false, leftSeconds: 0 }],
    ['too much to deliver', { kind: 'deliver', n: 1, purpose: 'crate', bytes: new Uint8Array(65_537) }],
    ['a number that is too great', { kind: 'ping', n: 2 ** 32 }],
    ['a number that is not whole', { kind: 'ping', n: 0.5 }],
  ])('is not made with %s', (_, message) => {
    expect(() => encodeMessage(message)).toThrow(RangeError);
  });

  it('is a request or an answer', () => {
    const asked = kinds.filter((kind) => isRequest({ kind } as Message));
    expect(asked).toEqual(['ping', 'find', 'store', 'digest', 'marks', 'flood', 'deliver']);
  });
});
