/** Messages that several real archives hold, of which some are killed or destroyed (P2, P3). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { ReceivedMessage } from '../src/index.js';
import { People, type Person } from './people.js';

let archives: ArchiveProcess[] = [];
const people = new People(() => archives.map(({ url }) => url));

beforeAll(async () => {
  archives = await Promise.all([bootArchive(), bootArchive(), bootArchive()]);
});

afterEach(() => people.leaveAll());

afterAll(() => Promise.all(archives.map((archive) => archive.destroy())));

async function recipient(): Promise<Person> {
  const person = await people.person();
  const client = await person.arrive();
  await client.openMailbox();
  await client.close();
  return person;
}

describe('messages that several archives hold', () => {
  it('are durable when two of three have promised them, and delivered though one of these is destroyed', async () => {
    const [alice, bob] = [await people.person(), await recipient()];
    const sender = await alice.arrive();
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) ids.push((await sender.send({ to: bob.author, text: `message ${i}` })).id);
    const durable = await Promise.all(ids.map((id) => sender.waitForStatus(id, 'durable')));
    for (const { status, copies } of durable) {
      expect(status).toBe('durable');
      expect(copies).toMatchObject({ wanted: 2, possible: 3 });
      expect(copies.held).toBeGreaterThanOrEqual(2);
    }
    await sender.tried();
    const [status] = (await sender.status(ids[0]!)).crates;
    expect(status!.custody.map(({ archive }) => archive).sort()).toEqual(archives.map(({ id }) => id).sort());
    expect(status!.pending).toEqual([]);

    await archives[0]!.destroy();
    const received: ReceivedMessage[] = [];
    const inbox = await bob.arrive();
    const leaving = new AbortController();
    const collecting = inbox.inbox((message) => void received.push(message), { signal: leaving.signal });
    const delivered = await Promise.all(ids.map((id) => sender.waitForStatus(id, 'delivered')));
    leaving.abort();
    await collecting;
    expect(new Set(delivered.map((message) => message.status))).toEqual(new Set(['delivered']));
    expect(received.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect([...alice.problems, ...bob.problems]).toEqual([]);
  });

  it('are not durable on one promise while others could promise, and become it when one of these is back', async () => {
    const [alice, bob] = [await people.person(), await recipient()];
    const [, second, third] = archives;
    const sender = await alice.arrive();
    await sender.send({ to: bob.author, text: 'so that the card is known' });
    await third!.stop();
    const { id } = await sender.send({ to: bob.author, text: 'hello' });
    await sender.waitForStatus(id, 'accepted');
    const status = await sender.status(id);
    expect(status).toMatchObject({ status: 'accepted', copies: { held: 1, wanted: 2, possible: 3 } });
    expect(status.crates[0]).toMatchObject({ custody: [{ archive: second!.id, url: second!.url }] });
    expect(status.crates[0]!.pending.map(({ url }) => url)).toContain(third!.url);
    await third!.start();
    expect((await sender.waitForStatus(id, 'durable')).copies.held).toBe(2);
  });

  it('reach a recipient at an archive to which the sender has no link, and the sender learns of it', async () => {
    const [, own, theirs] = archives;
    const bob = await people.person();
    const receiver = await bob.arrive({ archives: [theirs!.url] });
    await receiver.openMailbox();
    const alice = await people.person();
    const both = await alice.arrive({ archives: [own!.url, { url: theirs!.url, cratesOnly: true }] });
    // Only to learn where he collects.
    const first = await both.send({ to: bob.author, text: 'first' });
    await both.waitForStatus(first.id, 'durable');
    await both.close();

    const sender = await alice.arrive({ archives: [own!.url] });
    const { id } = await sender.send({ to: bob.author, text: 'second' });
    await sender.waitForStatus(id, 'accepted');
    const received: string[] = [];
    const leaving = new AbortController();
    const collecting = receiver.inbox(({ text }) => void received.push(text), { signal: leaving.signal });
    expect((await sender.waitForStatus(id, 'delivered')).status).toBe('delivered');
    expect((await sender.waitForStatus(first.id, 'delivered')).status).toBe('delivered');
    leaving.abort();
    await collecting;
    expect(received.sort()).toEqual(['first', 'second']);
  });
});
