import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { shardRange } from './shard-range.js';

const digits = fc.stringMatching(/^[0-9a-f]{0,4}$/);
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));

describe('the range of a shard', () => {
  it('has exactly the ids that begin with its digits', () => {
    fc.assert(
      fc.property(digits, id, fc.boolean(), (shard, bytes, isInside) => {
        const hex = isInside ? shard + bytes.toString('hex').slice(shard.length) : bytes.toString('hex');
        const sample = Buffer.from(hex, 'hex');
        const { from, before } = shardRange(shard);
        const isFound = sample.compare(from) >= 0 && sample.compare(before) < 0;
        expect(isFound).toBe(hex.startsWith(shard));
      }),
    );
  });

  it.each(['', 'f', 'ff', 'fff', 'ffff'])('"%s" reaches to the last id', (shard) => {
    expect(Buffer.alloc(32, 0xff).compare(shardRange(shard).before)).toBe(-1);
  });

  it('ends within a byte when its digits are odd', () => {
    const { from, before } = shardRange('abc');
    expect([from.toString('hex'), before.toString('hex')]).toEqual(['abc0', 'abd0']);
  });
});
