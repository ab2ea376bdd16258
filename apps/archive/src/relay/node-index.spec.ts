import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { NodeContact } from './node-contact.js';
import { NodeIndex } from './node-index.js';

const archive = 'archive';
/** Ids that have much in common, as well as ones that have nothing. */
const ids = fc
  .tuple(fc.constantFrom(0, 1, 255), fc.uint8Array({ minLength: 31, maxLength: 31 }), fc.nat(31))
  .map(([first, rest, common]) => Buffer.from([first, ...rest.fill(7, 0, common)]));

const distance = (a: Buffer, b: Buffer): string =>
  Buffer.from(a.map((byte, at) => byte ^ b[at]!)).toString('hex');

describe('the nearest of an index', () => {
  it('are those that a look at all would find', () => {
    fc.assert(
      fc.property(
        fc.array(ids, { maxLength: 60 }),
        ids,
        fc.integer({ min: 1, max: 9 }),
        (all, target, count) => {
          const index = new NodeIndex();
          const contacts = all.map((id): NodeContact => ({ node: id.toString('base64url'), archive }));
          for (const contact of contacts) index.add(contact);
          const expected = all
            .map((id) => distance(id, target))
            .sort()
            .slice(0, count);
          const found = index.nearest(target, count).map(({ node }) => Buffer.from(node, 'base64url'));
          expect(found.map((id) => distance(id, target))).toEqual(expected);
        },
      ),
    );
  });

  it('are none that were removed, of whichever archive', () => {
    const node = Buffer.alloc(32, 1).toString('base64url');
    const index = new NodeIndex();
    for (const each of ['one', 'two']) index.add({ node, archive: each });
    index.remove({ node, archive: 'three' });
    index.remove({ node, archive: 'one' });
    expect(index.nearest(Buffer.alloc(32), 8)).toEqual([{ node, archive: 'two' }]);
  });
});
