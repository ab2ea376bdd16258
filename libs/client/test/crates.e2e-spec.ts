/** Messages to recipients who are away, with archives killed and programs ended in between (P3, P4). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { Client, ReceivedMessage, StatusName } from '../src/index.js';
import { rankOf } from '../src/crates/status-lattice.js';
import { People, until } from './people.js';

let archive: ArchiveProcess;
const people = new People(() => [archive.url]);

beforeAll(async () => {
  archive = await bootArchive();
}, 120_000);

afterEach(() => people.leaveAll());

afterAll(() => archive.destroy());

/** The statuses that a client tells of a message, in the order in which it tells them. */
function watchStatus(client: Client): StatusName[] {
  const statuses: StatusName[] = [];
  client.on('status', ({ message }) => statuses.push(message.status));
  return statuses;
}

const neverGoesBack = (statuses: readonly StatusName[]): boolean =>
  statuses.every((status, i) => i === 0 || rankOf(status) >= rankOf(statuses[i - 1]!));

describe('messages through a real archive', () => {
  it('brings a message to a recipient who comes later, once, and tells the sender', async () => {
    const [alice, bob] = [await people.person(), await people.person()];
    const bobsFirst = await bob.arrive();
    await bobsFirst.openMailbox();
    await bobsFirst.close();

    const sender = await alice.arrive();
    const statuses = watchStatus(sender);
    const sent = await sender.send({ to: bob.author, text: 'the tide is out' });
    expect(sent.status).toBe('local');
    await sender.waitForStatus(sent.id, 'accepted');

    const recipient = await bob.arrive();
    const received: ReceivedMessage[] = [];
    await recipient.inbox((message) => void received.push(message), { watch: false });
    expect(received).toMatchObject([{ id: sent.id, from: alice.author, text: 'the tide is out' }]);
    expect((await sender.waitForStatus(sent.id, 'delivered')).status).toBe('delivered');
    expect(statuses.at(-1)).toBe('delivered');
    expect(neverGoesBack(statuses)).toBe(true);

    await recipient.inbox((message) => void received.push(message), { watch: false });
    expect(received).toHaveLength(1);
    expect([...alice.problems, ...bob.problems]).toEqual([]);
  });
});
