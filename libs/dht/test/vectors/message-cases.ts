/** The cases of vectors/dht/messages.json, most of them messages that nobody sends. */
import { encodeMessage } from '../../src/messages/encode-message.js';
import type { Message } from '../../src/messages/message.js';
import { Key } from '../../src/keys/key.js';
import type { Place } from '../../src/keys/place.js';

export interface MessageCase {
  readonly name: string;
  readonly hex: string;
  readonly expect:
    { readonly ok: true; readonly message: unknown } | { readonly ok: false; readonly code: string };
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A message with its keys in base64url and its bytes in hex. */
export const plainMessage = (message: Message): unknown =>
  JSON.parse(
    JSON.stringify(message, (_, value: unknown) =>
      value instanceof Key ? value.text : value instanceof Uint8Array ? hexOf(value) : value,
    ),
  );

const keyOf = (byte: number): Key => new Key(new Uint8Array(32).fill(byte));
const [one, two] = [keyOf(0x11), keyOf(0x22)];
const place: Place = { kind: 'head', key: one };
const archives = [
  '8lcWAlJogHk_DN5jR0cmXi9O2Cbk_xXmCPABtbViYJc',
  'ZR0ZNzWqVoRpv9kwA-L99-daN4iJH-zuYbPX9qdfVSo',
] as const;
const n = 0x01020304;

const good = (name: string, message: Message): MessageCase => ({
  name,
  hex: hexOf(encodeMessage(message)),
  expect: { ok: true, message: plainMessage(message) },
});
const bad = (name: string, hex: string): MessageCase => ({
  name,
  hex,
  expect: { ok: false, code: 'message-invalid' },
});

/** Version, kind, number. */
const head = (kind: number): string => `01${kind.toString(16).padStart(2, '0')}01020304`;
const key = '11'.repeat(32);
const placeHex = `01${key}`;
const archiveHex = Buffer.from(archives[0], 'base64url').toString('hex');

export const messageCases: readonly MessageCase[] = [
  good('ping', { kind: 'ping', n }),
  good('pong', { kind: 'pong', n }),
  good('find contacts', { kind: 'find', n, target: two }),
  good('find what is at a place', { kind: 'find', n, target: two, place }),
  good('found', {
    kind: 'found',
    n,
    contacts: [
      { id: one, archive: archives[0] },
      { id: two, archive: archives[1], linked: true },
      { id: one, archive: archives[0], linked: true },
    ],
    items: ['a.b.c'],
  }),
  good('found nothing', { kind: 'found', n, contacts: [], items: [] }),
  good('store', { kind: 'store', n, place, ring: 2, items: ['a.b.c', 'd.e.f'], cached: false }),
  good('store a copy on the way', { kind: 'store', n, place, ring: 0, items: ['a.b.c'], cached: true }),
  good('stored', { kind: 'stored', n }),
  good('digest', { kind: 'digest', n, hash: one, count: 0xffffffff }),
  good('same', { kind: 'same', n, same: true }),
  good('not the same', { kind: 'same', n, same: false }),
  good('marks', {
    kind: 'marks',
    n,
    marks: [
      { place, id: two, iat: 1_800_000_000 },
      { place: { kind: 'record', key: two }, id: two, iat: 253_402_300_799 },
    ],
  }),
  good('lacking', {
    kind: 'lacking',
    n,
    wanted: [one, two],
    items: [{ place, item: 'a.b.c', leftSeconds: 60 }],
  }),
  good('flood for a place', { kind: 'flood', n, flood: two, question: { place }, budget: 64, depth: 4 }),
  good('flood for a filter', {
    kind: 'flood',
    n,
    flood: two,
    question: {
      filter: {
        author: archives[0],
        collection: 'notes',
        key: 'Küste',
        topic: 'kelp',
        since: 1,
        until: 2,
        history: true,
      },
      limit: 500,
    },
    budget: 1,
    depth: 0,
  }),
  good('flood for anything', {
    kind: 'flood',
    n,
    flood: two,
    question: { filter: {}, limit: 1 },
    budget: 0,
    depth: 0,
  }),
  good('flooded', { kind: 'flooded', n, items: ['a.b.c'] }),
  good('deliver', { kind: 'deliver', n, purpose: 'receipt', bytes: Uint8Array.of(1, 2, 3) }),
  good('deliver nothing', { kind: 'deliver', n, purpose: 'signal', bytes: new Uint8Array(0) }),
  good('delivered', { kind: 'delivered', n }),
  good('refused', { kind: 'refused', n, code: 'unwanted' }),

  bad('no bytes', ''),
  bad('version 0', '000001020304'),
  bad('version 2', '020001020304'),
  bad('an unknown kind', head(15)),
  bad('no number', '0100'),
  bad('a number cut short', '0100010203'),
  bad('something after it', `${head(0)}00`),
  bad('find with an unknown flag', `${head(2)}${key}02`),
  bad('find without its place', `${head(2)}${key}01`),
  bad('find with a place that it does not announce', `${head(2)}${key}00${placeHex}`),
  bad('find at an unknown kind of place', `${head(2)}${key}0104${key}`),
  bad('find with a target cut short', `${head(2)}${key.slice(2)}`),
  bad('nine contacts', `${head(3)}09${`${key}00${archiveHex}`}${`${key}00`.repeat(8)}00`),
  bad('an archive out of turn', `${head(3)}01${key}01${archiveHex}00`),
  bad('an archive twice', `${head(3)}02${`${key}00${archiveHex}`}${`${key}01${archiveHex}`}00`),
  bad('an archive of small order', `${head(3)}01${key}00${'00'.repeat(32)}00`),
  bad('seventeen items', `${head(11)}11${'00000161'.repeat(17)}`),
  bad('fewer items than announced', `${head(11)}02${'00000161'}`),
  bad('an empty item', `${head(11)}01000000`),
  bad('an item longer than the message', `${head(11)}0100ffff61`),
  bad('an item with a space', `${head(11)}0100000120`),
  bad('an item beyond ASCII', `${head(11)}0100000180`),
  bad('an item with U+007F', `${head(11)}010000017f`),
  bad('store in ring 3', `${head(4)}${placeHex}030000`),
  bad('store with an unknown flag', `${head(4)}${placeHex}000200`),
  bad('a digest cut short', `${head(6)}${key}000000`),
  bad('neither the same nor not', `${head(7)}02`),
  bad('more marks than there are bytes', `${head(8)}0400`),
  bad('a mark of a time that is none', `${head(8)}000100${key}ffffffffffff`),
  bad('a mark of a record with its id', `${head(8)}000100${key}${key}000000000001`),
  bad('a mark of a feed without its id', `${head(8)}000102${key}000000000001`),
  bad('more wishes than there are bytes', `${head(9)}0400`),
  bad('a question that is neither', `${head(10)}${key}00400402${placeHex}`),
  bad('a filter without a limit', `${head(10)}${key}0040040100`),
  bad('a filter with limit 0', `${head(10)}${key}00400401000000`),
  bad('a filter with limit 501', `${head(10)}${key}004004010001f5`),
  bad('a history that is not there', `${head(10)}${key}0040040180000a`),
  bad('an author of small order', `${head(10)}${key}0040040101${'00'.repeat(32)}000a`),
  bad('a collection that is none', `${head(10)}${key}004004010200014b000a`),
  bad('an empty key', `${head(10)}${key}00400401040000000a`),
  bad('a key that is not UTF-8', `${head(10)}${key}0040040104000180000a`),
  bad('an unknown purpose', `${head(12)}03`),
  bad('no purpose', head(12)),
  bad('an unknown refusal', `${head(14)}05`),
];
