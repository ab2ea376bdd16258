import { describe, expect, it } from '@jest/globals';
import { alice, bob } from '../../../test/record-samples.js';
import { FollowCursors } from './follow-cursor.js';

const cursors = new FollowCursors(alice.publicKey);

describe('the cursor of a follow', () => {
  it.each([0, 1, 999_999_999_999_999])('leads back to %d', (seq) => {
    expect(cursors.decode(cursors.encode(seq))).toEqual({ ok: true, value: seq });
  });

  it('is refused at another archive, and when it is anything else', () => {
    const elsewhere = new FollowCursors(bob.publicKey);
    for (const cursor of [
      elsewhere.encode(1),
      '',
      '1',
      '1-',
      `${cursors.encode(1)}A`,
      `-${cursors.encode(1)}`,
    ])
      expect(cursors.decode(cursor)).toMatchObject({ ok: false, code: 'cursor-invalid' });
  });
});
