import { describe, expect, it } from '@jest/globals';
import { limits, type QueryFilter } from '@holdfast/protocol';
import * as fc from 'fast-check';
import { alice, bob } from '../../../test/record-samples.js';
import { decodePageCursor, encodePageCursor } from './page-cursor.js';

const archive = alice.publicKey;
const filter: QueryFilter = { collection: 'notes', since: 5 };
const position = { iat: 253402300799, seq: Number.MAX_SAFE_INTEGER - 1 };

describe('the cursor of a page', () => {
  it('leads back to its position, and fits the bound of cursors', () => {
    fc.assert(
      fc.property(fc.nat(253402300799), fc.nat(999_999_999_999_999), (iat, seq) => {
        const cursor = encodePageCursor(archive, filter, { iat, seq });
        expect(cursor.length).toBeLessThanOrEqual(limits.cursorLengthMax);
        expect(decodePageCursor(archive, filter, cursor)).toEqual({ ok: true, value: { iat, seq } });
      }),
    );
  });

  it.each<[string, QueryFilter]>([
    ['author', { ...filter, author: bob.publicKey }],
    ['collection', { ...filter, collection: 'mail' }],
    ['key', { ...filter, key: 'k' }],
    ['topic', { ...filter, topic: 't' }],
    ['q', { ...filter, q: 'kelp' }],
    ['since', { ...filter, since: 6 }],
    ['until', { ...filter, until: 6 }],
    ['history', { ...filter, history: true }],
  ])('is refused when %s has changed', (_member, changed) => {
    const cursor = encodePageCursor(archive, filter, { iat: 1, seq: 1 });
    expect(decodePageCursor(archive, changed, cursor)).toMatchObject({ ok: false, code: 'cursor-invalid' });
  });

  it('holds for another limit, and for history left out or false', () => {
    const cursor = encodePageCursor(archive, filter, { iat: 1, seq: 1 });
    expect(decodePageCursor(archive, { ...filter, limit: 7, cursor, history: false }, cursor).ok).toBe(true);
  });

  it('is refused at another archive, and when it is anything else', () => {
    const cursor = encodePageCursor(archive, filter, position);
    expect(decodePageCursor(bob.publicKey, filter, cursor).ok).toBe(false);
    for (const text of ['', 'x', cursor.slice(1), `${cursor}A`, '1-2-3', "1-1-' or 1=1", `-1${cursor}`])
      expect(decodePageCursor(archive, filter, text)).toMatchObject({ ok: false, code: 'cursor-invalid' });
  });
});
