import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Coast } from '../../../test/coast.js';
import { memoryStorage } from '../../index.js';

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
  it.each([
    { days: 50, remembered: 2 },
    { days: 94, remembered: 1 },
  ])('forgets crates that no archive can offer again, and messages after 93 days: $days', async (after) => {
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
    pass(after.days);
    const second = await deliver('second');
    expect(await bobs.list('handled/')).toHaveLength(1);
    expect(await bobs.list('got/')).toHaveLength(after.remembered);
    expect((await alices.list('sent/')).map(({ key }) => key)).toEqual([`sent/${second}`]);
    await bob.close();
    await inbox;
  });

  it('is not given a message twice that its sender, who was told of no receipt, sends again weeks later', async () => {
    const [archive] = coast.archives(1);
    const { client: alice } = await coast.client([archive]);
    const { client: bob, author } = await coast.client([archive]);
    await bob.openMailbox();
    const received: string[] = [];
    const inbox = bob.inbox(({ text }) => void received.push(text), { receipts: false, receiptDelayMs: 0 });
    const { id } = await alice.send({ to: author, text: 'hello' });
    expect((await alice.waitForStatus(id, 'delivered')).status).toBe('discarded');
    pass(40);
    expect((await alice.resend(id)).crates).toHaveLength(2);
    expect((await alice.waitForStatus(id, 'delivered')).status).toBe('discarded');
    expect(received).toEqual(['hello']);
    await bob.close();
    await inbox;
  });
});
