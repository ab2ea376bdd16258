/** A recipient who was away until the crates had expired and archives were lost: a fellow brings the message. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { Client, ReceivedMessage } from '../src/index.js';
import { JumpingClock } from './jumping-clock.js';
import { People, until, type Person } from './people.js';

let archives: ArchiveProcess[] = [];
const people = new People(() => archives.map(({ url }) => url));
const clock = new JumpingClock();

beforeAll(async () => {
  archives = await Promise.all([bootArchive(), bootArchive(), bootArchive()]);
});

afterAll(async () => {
  await people.leaveAll();
  await Promise.all(archives.map((archive) => archive.destroy()));
});

/** Somebody who comes with what they kept, and has a mailbox. */
async function arrive(person: Person): Promise<Client> {
  const client = await person.arrive({ clock });
  await client.openMailbox();
  return client;
}

/** What they are handed from now on. */
function watch(client: Client): ReceivedMessage[] {
  const received: ReceivedMessage[] = [];
  void client.inbox((message) => void received.push(message), { receiptDelayMs: 0 });
  return received;
}

describe('three archives, of which two are lost', () => {
  it('bring a message from a fellow, once, to a recipient who returns after its expiry', async () => {
    const [alice, bob, carol] = [await people.person(), await people.person(), await people.person()];
    const bobs = await arrive(bob);
    const carolBefore = await arrive(carol);
    await carolBefore.close();
    const received = watch(bobs);

    const sender = await arrive(alice);
    const to = [bob.author, carol.author];
    const { id } = await sender.send({ to, text: 'the tide is out', expiryHours: 1 });
    await until(() => received.length === 1);
    await until(async () => (await sender.status(id)).crates.some(({ status }) => status === 'delivered'));
    await sender.waitForStatus(id, 'accepted');
    await Promise.all([sender.close(), bobs.close()]);

    const [first, second, third] = archives as [ArchiveProcess, ArchiveProcess, ArchiveProcess];
    await Promise.all([first.destroy(), second.destroy(), third.stop()]);
    await third.start({ clockOffsetSeconds: 3 * 3600 });
    clock.jump({ hours: 3 });

    const carols = await arrive(carol);
    const brought = watch(carols);
    // Her card was at an archive that is lost: a fellow finds her once she has published it again.
    const bobsAgain = watch(await arrive(bob));
    await until(() => brought.length === 1);
    expect(brought).toMatchObject([
      { id, from: alice.author, text: 'the tide is out', broughtBy: true, recipients: to },
    ]);
    await carols.close();
    const again: ReceivedMessage[] = [];
    const later = await carol.arrive({ clock });
    await later.inbox((message) => void again.push(message), { watch: false });
    expect(again).toEqual([]);
    expect([...received, ...bobsAgain]).toHaveLength(1);
  });
});
