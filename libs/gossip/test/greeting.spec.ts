import { describe, expect, it } from '@jest/globals';
import type { RecordStore } from '../src/ports.js';
import { pretendTo } from './impostor.js';
import { VirtualTime } from './virtual-time.js';
import { TestArchive } from './world.js';

/** Looks for so long before it says where its log ends. */
function slowArchive(time: VirtualTime, lookMs: number): TestArchive {
  return new TestArchive('slow', time, {
    around: (records): RecordStore =>
      new Proxy(records, {
        get: (target, name) => {
          if (name === 'lastSeq') {
            return async () => {
              await new Promise<void>((resolve) => time.after(lookMs, resolve));
              return target.lastSeq();
            };
          }
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        },
      }),
  });
}

describe('a link', () => {
  it('asks nothing before it has greeted, though the other greets first', async () => {
    const time = new VirtualTime();
    const impostor = pretendTo(slowArchive(time, 500));
    await time.until(() => impostor.heard.length > 2, 'it asks');
    expect(impostor.heard[0]).toMatchObject({ op: 'hello' });
    impostor.link.close();
    await impostor.link.ended;
  });

  it('is over when it is closed before it has greeted', async () => {
    const time = new VirtualTime();
    const impostor = pretendTo(slowArchive(time, 500));
    impostor.link.close();
    let isOver = false;
    void impostor.link.ended.then(() => (isOver = true));
    await time.until(() => isOver, 'the link is over');
    expect(impostor.heard).toEqual([]);
  });
});
