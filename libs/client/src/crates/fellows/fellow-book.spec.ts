import { describe, expect, it } from '@jest/globals';
import { JumpingClock } from '../../../test/jumping-clock.js';
import { limits, memoryStorage } from '../../index.js';
import { FellowBook } from './fellow-book.js';
import type { FellowPost } from './fellow-post.js';

const nobodysPost = {} as FellowPost;

describe('the fellows that are known', () => {
  it('are bounded however many a message names, in memory and in the storage: the oldest give way', async () => {
    const [clock, storage] = [new JumpingClock(), memoryStorage()];
    const book = new FellowBook('me', storage, nobodysPost, clock);
    await storage.write(book.changesFor(['the oldest']));
    clock.jump({ seconds: 1 });
    for (let message = 0; message < limits.fellowsKnownMax / 64; message++) {
      const named = Array.from({ length: 64 }, (_, i) => `fellow-${message}-${i}`);
      await storage.write(book.changesFor(named));
    }
    const kept = (await storage.list('fellow/')).map(({ key }) => key);
    expect(kept).toHaveLength(limits.fellowsKnownMax);
    expect(kept).not.toContain('fellow/me/the oldest');

    clock.jump({ seconds: 1 });
    const later = new FellowBook('me', storage, nobodysPost, clock);
    await later.load();
    await storage.write(later.changesFor(['the newest']));
    expect(await storage.list('fellow/')).toHaveLength(limits.fellowsKnownMax);
    expect(later.latest()[0]).toBe('the newest');
  });
});
