import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dhtLimits } from '../limits.js';
import { Key } from './key.js';
import { placeKinds, placeName } from './place.js';
import { dayOf, feedPlace, headPlace, mailboxPlace, placesOf, recordPlace } from './places.js';
import { ringTarget } from './ring-target.js';

const author = 'A'.repeat(42) + 'E';
const id = 'B'.repeat(42) + 'A';
const sha256 = (hex: string) => createHash('sha256').update(Buffer.from(hex, 'hex')).digest('base64url');
const hexOf = (text: string) => Buffer.from(text).toString('hex');

describe('the places of a record', () => {
  it('are its id and the feed of its collection, and with a key the head too', () => {
    const record = { id, author, collection: 'notes' };
    expect(placesOf(record)).toEqual([recordPlace(id), feedPlace(author, 'notes')]);
    expect(placesOf({ ...record, key: 'kelp' })).toEqual([
      ...placesOf(record),
      headPlace(author, 'notes', 'kelp'),
    ]);
    expect(recordPlace(id).key.text).toBe(id);
  });

  it('are hashes over names that have their lengths before them', () => {
    const names = `002b${hexOf(author)}0005${hexOf('notes')}`;
    expect(feedPlace(author, 'notes').key.text).toBe(sha256(`${hexOf('holdfast-feed-1')}${names}`));
    const head = sha256(`${hexOf('holdfast-head-1')}${names}0005${hexOf('kälp')}`);
    expect(headPlace(author, 'notes', 'kälp').key.text).toBe(head);
  });

  it('are others for other names', () => {
    const name = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(name, { minLength: 6, maxLength: 6 }), ([a, b, c, d, e, f]) => {
        const isSame = a === d && b === e && c === f;
        expect(headPlace(a!, b!, c!).key.equals(headPlace(d!, e!, f!).key)).toBe(isSame);
      }),
    );
  });
});

describe('the place of a mailbox', () => {
  it("is that of its day's key", () => {
    expect(mailboxPlace(author)).toEqual({ kind: 'mailbox', key: recordPlace(author).key });
    expect([dayOf(86_399), dayOf(86_400)]).toEqual([0, 1]);
  });

  it('is none for what is no key', () => {
    expect(() => mailboxPlace('kelp')).toThrow('32 bytes');
  });
});

describe('the target of a place', () => {
  const key = new Key(new Uint8Array(32).fill(7));

  it('is another one in every ring and for every kind', () => {
    const targets = placeKinds.flatMap((kind) => [0, 1, 2].map((ring) => ringTarget({ kind, key }, ring)));
    expect(new Set(targets.map((target) => target.text)).size).toBe(12);
    expect(targets[5]!.text).toBe(sha256(`${hexOf('holdfast-ring-1')}0201${'07'.repeat(32)}`));
    expect(new Set(placeKinds.map((kind) => placeName({ kind, key }))).size).toBe(4);
  });

  it.each([-1, dhtLimits.ringsMax, 0.5, Number.NaN])('is none in ring %d', (ring) => {
    expect(() => ringTarget({ kind: 'record', key }, ring)).toThrow(RangeError);
  });
});
