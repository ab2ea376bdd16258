import { describe, expect, it } from '@jest/globals';
import { Transfers } from './transfers.js';

const answer = (records: string[], more: object = {}): string =>
  JSON.stringify({ op: 'answer', n: 1, records, ...more });

describe('the count of transfers', () => {
  it('tells first arrivals from repeated ones, for each archive', () => {
    const transfers = new Transfers();
    transfers.watch('ann', 'ben', answer(['one', 'two']));
    transfers.watch('cleo', 'ben', answer(['two']));
    transfers.watch('ann', 'cleo', answer(['two']));
    expect([transfers.bodies, transfers.needed(), transfers.repeatedByName()]).toEqual([4, 3, 1]);
  });

  it('forgives what comes again with a page, which nobody can ask for in part', () => {
    const transfers = new Transfers();
    transfers.watch('ann', 'ben', answer(['one']));
    transfers.watch('cleo', 'ben', answer(['one', 'two'], { upTo: 2, last: 2 }));
    expect([transfers.bodies, transfers.needed(), transfers.repeatedByName()]).toEqual([3, 2, 0]);
  });

  it('counts every frame, and is not misled by what only looks like an answer', () => {
    const transfers = new Transfers();
    for (const frame of ['{"records":["', '{"records":["one"', new Uint8Array(5)])
      transfers.watch('ann', 'ben', frame);
    expect([transfers.frames, transfers.bytes, transfers.bodies]).toEqual([3, 35, 0]);
  });
});
