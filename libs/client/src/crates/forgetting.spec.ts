import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Coast } from '../../test/coast.js';
import { memoryStorage } from '../index.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());
afterEach(() => void jest.restoreAllMocks());

const dayMs = 24 * 3_600_000;

/** Lets days pass at once, with the client going on. */
function pass(days: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + days * dayMs);
}

describe('a program that goes on for long', () => {
  it('forgets what it has handled when no archive can bring it again, and messages that are long over', async () => {
    const [archive] = coast.archives(1);
    const [alices, bobs] = [memoryStorage(), memoryStorage()];
    const { client: alice } = await coast.client([archive], { storage: alices });
    const { client: bob, author } = await coast.client([archive], { storage: bobs });
    await bob.openMailbox();
    const inbox = bob.inbox(() => undefined);
    const deliver = async (text: string): Promise<string> => {
      const { id } = await alice.send({ to: author, text });
      await alice.waitForStatus(id, 'delivered');
      return id;
    };
    await deliver('first');
    pass(50);
    const second = await deliver('second');
    expect(await bobs.list('handled/')).toHaveLength(1);
    expect(await bobs.list('got/')).toHaveLength(1);
    expect((await alices.list('sent/')).map(({ key }) => key)).toEqual([`sent/${second}`]);
    await bob.close();
    await inbox;
  });
});
