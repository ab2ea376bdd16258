import { afterEach, describe, expect, it } from '@jest/globals';
import type { HoldfastRecord } from '@holdfast/protocol';
import { memoryStorage } from '../index.js';
import { Coast, idOf, newAuthor, numbered } from '../../test/coast.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** The bodies of the next records. */
async function take(follow: AsyncIterator<HoldfastRecord>, count: number): Promise<unknown[]> {
  const bodies: unknown[] = [];
  while (bodies.length < count) bodies.push((await follow.next()).value.body);
  return bodies;
}

const inOrder = (bodies: readonly unknown[]): unknown[] => [...bodies].sort((a, b) => Number(a) - Number(b));

describe('a follow of several archives', () => {
  it('hands out every record once, and goes on with each archive at its own place', async () => {
    const archives = coast.archives(2);
    const key = await newAuthor();
    const { client } = await coast.client(archives);
    const follow = client.follow({ collection: 'numbers' }, { from: 'start' });
    const first = follow.next();
    await coast.until(() => archives.every((archive) => archive.count('follow') > 0));
    for (let n = 0; n < 10; n++) {
      const record = await numbered(key, n);
      if (n !== 3) archives[0].commit(record);
      if (n !== 4) archives[1].commit(record);
      if (n === 5) archives[0].hangUp();
      if (n === 7) archives[1].hangUp();
    }
    const seen = [(await first).value.body, ...(await take(follow, 9))];
    await coast.until(() => archives.every((archive) => archive.count('follow') >= 2));
    archives[0].commit(await numbered(key, 10));
    seen.push(...(await take(follow, 1)));
    expect(inOrder(seen)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('a follow whose archive has become another one', () => {
  it('fails rather than wait for ever', async () => {
    const [archive] = coast.archives(1);
    const { client } = await coast.client([archive]);
    const next = client.follow({}).next();
    await coast.until(() => archive.count('follow') > 0);
    archive.id = idOf(9);
    archive.hangUp();
    await expect(next).rejects.toMatchObject({ code: 'archive-foreign' });
  });
});

describe('a follow with a name', () => {
  it('that is left while it begins lets its name go', async () => {
    const [archive] = coast.archives(1);
    archive.log.push(await numbered(await newAuthor(), 1));
    const storage = memoryStorage();
    const lock = storage.lock.bind(storage);
    storage.lock = async (name, how) => {
      await new Promise(setImmediate);
      return lock(name, how);
    };
    const { client } = await coast.client([archive], { storage });
    const options = { from: 'start', name: 'numbers' } as const;
    const left = client.follow({}, options);
    const next = left.next();
    await left.return!();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await take(client.follow({}, options), 1)).toEqual([1]);
  });
});
