import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeBase64url, encodeUtf8 } from '@holdfast/protocol';
import { decodeFollowCursor, encodeFollowCursor } from './follow-cursor.js';

describe('the cursor of a follow', () => {
  it('comes back as it went', () => {
    const places = fc.dictionary(fc.string({ maxLength: 43 }), fc.string({ minLength: 1, maxLength: 100 }), {
      maxKeys: 8,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(places, (place) => {
        expect(decodeFollowCursor(encodeFollowCursor(place))).toEqual(place);
      }),
    );
  });

  it.each([
    ['is not base64url', '%%%'],
    ['is not JSON', encodeBase64url(encodeUtf8('{'))],
    ['is not UTF-8', encodeBase64url(new Uint8Array([255]))],
    ['is not an object', encodeBase64url(encodeUtf8('["a"]'))],
    ['has a place that is no text', encodeBase64url(encodeUtf8('{"a":1}'))],
    ['has an empty place', encodeBase64url(encodeUtf8('{"a":""}'))],
    ['is too long', 'A'.repeat(5_000)],
  ])('is refused when it %s', (_flaw, cursor) => {
    expect(() => decodeFollowCursor(cursor)).toThrow(expect.objectContaining({ code: 'cursor-invalid' }));
  });
});
