import { afterEach, describe, expect, it } from '@jest/globals';
import { Coast, lasting } from '../../../test/coast.js';
import type { CrateArchive } from '../../../test/crate-archive.js';
import type { JumpingClock } from '../../../test/jumping-clock.js';
import { openedBy } from '../../../test/opened-crates.js';
import { limits, type Client, type Storage } from '../../index.js';
import { put } from '../../storage/storage.js';
import { MailboxKeyStore } from './mailbox-keys.js';
import type { Mailbox } from './mailbox.js';
import { PairwiseMailboxes } from './pairwise-mailboxes.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

interface Correspondent {
  readonly client: Client;
  readonly author: string;
  readonly storage: Storage;
  /** The public mailbox. */
  readonly mailbox: string;
  readonly received: string[];
}

/** Somebody who watches their inbox. */
async function correspondent(archive: CrateArchive, clock: JumpingClock): Promise<Correspondent> {
  const storage = lasting();
  const { client, author } = await coast.client([archive], { clock, storage });
  const { mailbox } = await client.openMailbox();
  const received: string[] = [];
  void client.inbox(({ text }) => void received.push(text), { receiptDelayMs: 0 });
  return { client, author, storage, mailbox, received };
}

/** The mailboxes that a message's crates were sealed for. */
async function mailboxesOf({ storage }: Correspondent, message: string): Promise<readonly string[]> {
  const stored = JSON.parse((await storage.get(`sent/${message}`))!) as { crates: { mailbox: string }[] };
  return stored.crates.map(({ mailbox }) => mailbox);
}

async function twoWhoWrite() {
  const [archive] = coast.archives(1);
  const clock = coast.clock();
  const [alice, bob] = [await correspondent(archive, clock), await correspondent(archive, clock)];
  /** Resolves when the message has been handed over; answers the mailbox that its crate was for. */
  const write = async (from: Correspondent, to: Correspondent, text: string): Promise<string> => {
    const { id } = await from.client.send({ to: to.author, text });
    await coast.until(() => to.received.includes(text));
    const seen = await openedBy(to.author, to.storage, archive);
    return seen.find(({ content }) => content.id === id)!.mailbox;
  };
  const repliesIn = async (to: Correspondent): Promise<readonly (string | undefined)[]> =>
    (await openedBy(to.author, to.storage, archive)).map(({ content }) => content.reply?.mailbox);
  return { archive, clock, alice, bob, write, repliesIn };
}

describe('pairwise mailboxes', () => {
  it('take the place of the public ones after the first exchange, and are told until something has come there', async () => {
    const { archive, alice, bob, write, repliesIn } = await twoWhoWrite();
    expect(await write(alice, bob, 'first')).toBe(bob.mailbox);
    expect(await write(alice, bob, 'second')).toBe(bob.mailbox);
    const alicesForBob = await write(bob, alice, 'answer');
    expect(alicesForBob).not.toBe(alice.mailbox);
    const bobsForAlice = await write(alice, bob, 'third');
    expect(bobsForAlice).not.toBe(bob.mailbox);
    expect(await repliesIn(bob)).toEqual([alicesForBob, alicesForBob, undefined]);
    expect(await repliesIn(alice)).toEqual([bobsForAlice]);
    const published = archive.log.map(({ key }) => key);
    expect(new Set(published)).toEqual(new Set([alice.mailbox, bob.mailbox]));
    expect(JSON.stringify(archive.log)).not.toContain(alicesForBob);
  });

  it('are another one for everybody, and not told to several at once', async () => {
    const { archive, clock, alice, bob, write } = await twoWhoWrite();
    const carol = await correspondent(archive, clock);
    await alice.client.send({ to: [bob.author, carol.author], text: 'to both' });
    await coast.until(() => bob.received.length === 1 && carol.received.length === 1);
    expect(await write(bob, alice, 'bob knows the public one')).toBe(alice.mailbox);
    await write(alice, bob, 'hello bob');
    await write(alice, carol, 'hello carol');
    const [fromBob, fromCarol] = [await write(bob, alice, 'b'), await write(carol, alice, 'c')];
    expect(new Set([fromBob, fromCarol, alice.mailbox]).size).toBe(3);
    // Carol may bring it to bob, and learns to which mailboxes it was signed.
    const { id } = await alice.client.send({ to: [bob.author, carol.author], text: 'again to both' });
    expect(await mailboxesOf(alice, id)).toEqual([bob.mailbox, carol.mailbox]);
  });

  it('are told again when their key was replaced', async () => {
    const { archive, clock, alice, bob, write, repliesIn } = await twoWhoWrite();
    await write(alice, bob, 'first');
    const pairwise = await write(bob, alice, 'answer');
    await write(alice, bob, 'second');
    const cards = archive.log.length;
    clock.jump({ days: 7 });
    await coast.until(() => archive.log.length === cards + 2);
    await write(alice, bob, 'third');
    expect(await repliesIn(bob)).toEqual([pairwise, undefined, pairwise]);
  });

  it('give way to the public one when what is known of them is older than 21 days', async () => {
    const { clock, alice, bob, write } = await twoWhoWrite();
    await write(alice, bob, 'first');
    await alice.client.close();
    clock.jump({ days: 21, hours: 1 });
    const { id } = await bob.client.send({ to: alice.author, text: 'are you there' });
    const { crates } = await bob.client.waitForStatus(id, 'accepted');
    expect(crates).toHaveLength(1);
    expect(await mailboxesOf(bob, id)).toEqual([alice.mailbox]);
  });

  it('are not written to with what expires when their key may be destroyed', async () => {
    const { clock, alice, bob, write } = await twoWhoWrite();
    await write(alice, bob, 'first');
    await alice.client.close();
    clock.jump({ days: 2 });
    const mailboxFor = async (expiryHours: number): Promise<string | undefined> => {
      const { id } = await bob.client.send({ to: alice.author, text: 'for later', expiryHours });
      return (await mailboxesOf(bob, id))[0];
    };
    expect(await mailboxFor(27 * 24)).not.toBe(alice.mailbox);
    expect(await mailboxFor(29 * 24)).toBe(alice.mailbox);
  });

  it('are told by a notice to somebody who only writes, before what they know gets too old', async () => {
    const { clock, alice, bob, write, repliesIn } = await twoWhoWrite();
    await write(alice, bob, 'first');
    const pairwise = await write(bob, alice, 'answer');
    for (const week of [1, 2, 3, 4]) {
      clock.jump({ days: 7 });
      expect(await write(bob, alice, `week ${week}`)).toBe(pairwise);
    }
    expect((await repliesIn(bob)).filter((reply) => reply === pairwise).length).toBeGreaterThanOrEqual(2);
    expect(bob.received).toEqual(['first']);
  });

  it('are collected though another program on the storage has made them', async () => {
    const { archive, clock, alice, bob } = await twoWhoWrite();
    const collects = (): number =>
      archive.requests.filter((request) => request.op === 'collect' && request.mailbox === bob.mailbox)
        .length;
    await coast.until(() => collects() === 1);
    // As if another program had made it: a mailbox for somebody with whom this one has not written.
    const { value } = (await bob.storage.list('mailbox/'))[0]!;
    await alice.storage.write([put(`pairwise/${alice.author}/${bob.mailbox}`, value)]);
    clock.jump({ seconds: 10 });
    await coast.until(() => collects() === 2);
    expect(archive.count('collect')).toBe(3);
  });

  it('are at most 255: whoever comes later goes on writing to the public one', async () => {
    const { alice, bob, write } = await twoWhoWrite();
    const { value } = (await alice.storage.list('mailbox/'))[0]!;
    const others = Array.from({ length: limits.pairwiseMailboxesMax }, (_, i) =>
      put(`pairwise/${alice.author}/somebody-${i}`, value),
    );
    await alice.storage.write(others);
    await write(alice, bob, 'first');
    expect(await write(bob, alice, 'answer')).toBe(alice.mailbox);
  });

  it('are given up 52 days after they were told last, not when another program tells of one in that moment', async () => {
    const { clock, alice, bob, write } = await twoWhoWrite();
    await write(alice, bob, 'first');
    await alice.client.close();
    clock.jump({ days: 52 });
    const [keysPlace, tellingPlace] = [
      `pairwise/${alice.author}/${bob.author}`,
      `told/${alice.author}/${bob.author}`,
    ];
    const device = { author: alice.author } as Mailbox;
    const telling = {
      ...JSON.parse((await alice.storage.get(tellingPlace))!),
      toldAt: Math.floor(clock.now() / 1000),
    };
    let hasListed = false;
    const storage: Storage = Object.assign(Object.create(alice.storage) as Storage, {
      list: async (prefix: string) => {
        const entries = await alice.storage.list(prefix);
        // The other program tells of it after this one has looked.
        if (!hasListed) await alice.storage.write([put(tellingPlace, JSON.stringify(telling))]);
        hasListed = true;
        return entries;
      },
      get: (key: string) => alice.storage.get(key),
      update: alice.storage.update.bind(alice.storage),
    });
    const keys = new MailboxKeyStore(storage);
    const pairwise = new PairwiseMailboxes({ storage, keys, device, clock, kemRotationSeconds: 604_800 });
    await pairwise.keepUp();
    expect(hasListed).toBe(true);
    expect(await alice.storage.get(keysPlace)).not.toBe(undefined);
    clock.jump({ days: 52 });
    await pairwise.keepUp();
    expect(await alice.storage.get(keysPlace)).toBe(undefined);
    expect(await alice.storage.get(tellingPlace)).toBe(undefined);
  });
});
