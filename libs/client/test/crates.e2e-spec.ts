/** Messages to recipients who are away, with archives killed and programs ended in between (P3, P4). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { Client, MessageStatus, ReceivedMessage, StatusName } from '../src/index.js';
import { rankOf } from '../src/crates/status/status-lattice.js';
import { People, until, type Person } from './people.js';

let archive: ArchiveProcess;
const people = new People(() => [archive.url]);

beforeAll(async () => {
  archive = await bootArchive();
});

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

  it('loses nothing and repeats nothing when the archive is killed between sending and collecting', async () => {
    const [alice, bob] = [await people.person(), await mailboxOf(people.person())];
    const sender = await alice.arrive();
    const sent = await Promise.all(
      range(30).map((n) => sender.send({ to: bob.author, text: `message ${n}` })),
    );
    await Promise.all(sent.slice(0, 10).map(({ id }) => sender.waitForStatus(id, 'accepted')));
    await archive.kill9();
    await archive.start();
    await Promise.all(sent.map(({ id }) => sender.waitForStatus(id, 'accepted')));

    const received = await collectAll(await bob.arrive());
    expect(received.map(({ id }) => id).sort()).toEqual(sent.map(({ id }) => id).sort());
    const delivered = await Promise.all(sent.map(({ id }) => sender.waitForStatus(id, 'delivered')));
    expect(new Set(delivered.map(({ status }) => status))).toEqual(new Set(['delivered']));
    expect(await collectAll(await bob.arrive())).toEqual([]);
  });

  it('hands a message over once though the archive dies before it hears the acknowledgement', async () => {
    const [alice, bob] = [await people.person(), await mailboxOf(people.person())];
    const sender = await alice.arrive();
    const statuses = watchStatus(sender);
    const { id } = await sendAccepted(sender, bob, 'once');

    const received: string[] = [];
    let tell = (): void => undefined;
    const killed = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const leaving = new AbortController();
    const recipient = await bob.arrive();
    const inbox = recipient.inbox(
      async (message) => {
        received.push(message.id);
        if (received.length === 1) await archive.kill9();
        tell();
      },
      { signal: leaving.signal },
    );
    await killed;
    await archive.start();
    expect((await sender.waitForStatus(id, 'delivered')).status).toBe('delivered');
    leaving.abort();
    await inbox;
    expect(received).toEqual([id]);
    expect(neverGoesBack(statuses)).toBe(true);
  });

  it('offers a message again whose handler has failed, and lets later ones pass it', async () => {
    const [alice, bob] = [await people.person(), await mailboxOf(people.person())];
    const sender = await alice.arrive();
    const failing = await sendAccepted(sender, bob, 'hard');
    const easy = await sendAccepted(sender, bob, 'easy');

    const texts: string[] = [];
    const recipient = await bob.arrive();
    const inbox = recipient.inbox(({ text }) => {
      texts.push(text);
      if (text === 'hard' && texts.length < 4) throw new Error(`secret ${text}`);
    });
    expect((await sender.waitForStatus(easy.id, 'delivered')).status).toBe('delivered');
    expect((await sender.waitForStatus(failing.id, 'delivered')).status).toBe('delivered');
    await recipient.close();
    await inbox;
    expect(texts.slice(0, 2)).toEqual(['hard', 'easy']);
    expect(texts.filter((text) => text === 'easy')).toHaveLength(1);
    expect(bob.problems.map(({ detail }) => detail)).toContain('The handler failed: Error');
    expect(JSON.stringify(bob.problems)).not.toContain('secret');
  });

  it('does not acknowledge a message that a loop has left unfinished', async () => {
    const [alice, bob] = [await people.person(), await mailboxOf(people.person())];
    const sender = await alice.arrive();
    for (const text of ['one', 'two']) {
      await sendAccepted(sender, bob, text);
    }
    const texts: string[] = [];
    const first = await bob.arrive();
    for await (const { text } of first.messages()) {
      texts.push(text);
      if (texts.length === 2) break;
    }
    await first.close();
    for await (const { text } of (await bob.arrive()).messages({ watch: false })) texts.push(text);
    expect(texts).toEqual(['one', 'two', 'two']);
  });

  it('tells a sender that was away between acceptance and delivery', async () => {
    const [alice, bob] = [await people.person(), await mailboxOf(people.person())];
    const before = await alice.arrive();
    const { id } = await before.send({ to: bob.author, text: 'while I am away' });
    await before.waitForStatus(id, 'accepted');
    await before.close();
    expect(await collectAll(await bob.arrive())).toHaveLength(1);

    const after = await alice.arrive();
    const changes = after.statusChanges();
    const first = changes.next();
    expect((await after.waitForStatus(id, 'delivered')).crates).toMatchObject([
      { to: bob.author, status: 'delivered' },
    ]);
    expect((await first).value).toMatchObject({ message: { id, status: 'delivered' } });
    await changes.return?.();
    expect(await alice.stored('envelope/')).toEqual([]);
    expect(await alice.stored('outstanding/')).toEqual([]);
  });

  it('keeps a message for an archive that is away, and deposits it when it returns', async () => {
    const [alice, bob] = [await people.person(), await mailboxOf(people.person())];
    const known = await alice.arrive();
    await sendAccepted(known, bob, 'first');
    await known.close();
    await archive.stop();
    const offline = await alice.arrive({ patienceMs: 100 });
    const { id, status } = await offline.send({ to: bob.author, text: 'second' });
    expect(status).toBe('local');
    await offline.close();
    await archive.start();
    expect((await (await alice.arrive()).waitForStatus(id, 'durable')).status).toBe('durable');
    expect((await collectAll(await bob.arrive())).map(({ text }) => text).sort()).toEqual([
      'first',
      'second',
    ]);
  });

  it('writes to several recipients, and counts the one that is furthest behind', async () => {
    const [bob, carol] = [await mailboxOf(people.person()), await mailboxOf(people.person())];
    const sender = await (await people.person()).arrive();
    const sent = await sender.send({ to: [bob.author, carol.author, bob.author], text: 'to both' });
    expect(sent.crates.map(({ to }) => to).sort()).toEqual([bob.author, carol.author].sort());
    await sender.waitForStatus(sent.id, 'accepted');
    const delivered = new Promise<void>((resolve) => {
      sender.on('status', ({ crate }) => crate.status === 'delivered' && resolve());
    });
    await collectAll(await bob.arrive());
    await delivered;
    expect(await sender.status(sent.id)).toMatchObject({ status: 'durable', safe: true });
    await collectAll(await carol.arrive());
    expect((await sender.waitForStatus(sent.id, 'delivered')).status).toBe('delivered');
  });

  it('takes back what has not been collected', async () => {
    const bob = await mailboxOf(people.person());
    const sender = await (await people.person()).arrive();
    const { id } = await sendAccepted(sender, bob, 'a mistake');
    expect((await sender.recall(id)).status).toBe('recalled');
    expect(await collectAll(await bob.arrive())).toEqual([]);
    expect((await sender.status(id)).status).toBe('recalled');
  });

  it('does not take back what has been delivered', async () => {
    const [alice, bob] = [await people.person(), await mailboxOf(people.person())];
    const sender = await alice.arrive();
    const { id } = await sendAccepted(sender, bob, 'too late');
    await sender.close();
    expect(await collectAll(await bob.arrive())).toHaveLength(1);
    expect((await (await alice.arrive()).recall(id)).status).toBe('delivered');
  });

  it('refuses crates by signature for a recipient who gives no receipts', async () => {
    const bob = await mailboxOf(people.person());
    const sender = await (await people.person()).arrive();
    const { id } = await sendAccepted(sender, bob, 'read quietly');
    expect(await collectAll(await bob.arrive(), { receipts: false })).toMatchObject([
      { text: 'read quietly' },
    ]);
    expect((await sender.waitForStatus(id, 'delivered')).status).toBe('discarded');
  });

  it('discards what it cannot open, says so, and goes on', async () => {
    const bob = await mailboxOf(people.person());
    const sender = await (await people.person()).arrive();
    const sealedToLostKey = await sendAccepted(sender, bob, 'sealed to a key that is lost');
    await bob.loseKemKey();
    const recipient = await bob.arrive();
    expect(await collectAll(recipient)).toEqual([]);
    expect(bob.problems).toMatchObject([
      { code: 'crate-undecryptable', id: sealedToLostKey.crates[0]!.crate },
    ]);
    expect((await sender.waitForStatus(sealedToLostKey.id, 'delivered')).status).toBe('discarded');
  });

  it('has one program at a time collect a mailbox', async () => {
    const bob = await mailboxOf(people.person());
    const [first, second] = [await bob.arrive(), await bob.arrive()];
    const received: string[] = [];
    const watching = first.inbox(({ text }) => void received.push(`first: ${text}`));
    await until(
      async () => (await second.inbox(() => undefined, { watch: false }).catch(codeOf)) === 'in-use',
    );
    const successor = second.inbox(({ text }) => void received.push(`second: ${text}`));
    await first.close();
    await watching;
    const sender = await (await people.person()).arrive();
    const { id } = await sender.send({ to: bob.author, text: 'hello' });
    await sender.waitForStatus(id, 'delivered');
    await second.close();
    await successor;
    expect(received).toEqual(['second: hello']);
  });

  it('refuses recipients without a mailbox, unknown messages and texts that are too long with codes', async () => {
    const bob = await mailboxOf(people.person());
    const sender = await (await people.person()).arrive();
    const nobody = (await people.person()).author;
    const send = (draft: Parameters<Client['send']>[0]) => sender.send(draft).catch(codeOf);
    expect(await send({ to: nobody, text: '' })).toBe('recipient-unreachable');
    expect(await send({ to: 'nobody', text: '' })).toBe('filter-invalid');
    expect(await send({ to: [], text: '' })).toBe('request-malformed');
    expect(await send({ to: bob.author, text: '', expiryHours: 721 })).toBe('request-malformed');
    expect(await send({ to: bob.author, text: 'x'.repeat(1_100_000) })).toBe('message-too-large');
    expect(await sender.status('unknown').catch(codeOf)).toBe('message-unknown');
    const reader = await people.visitor({ identity: undefined as never });
    expect(await reader.send({ to: bob.author, text: '' }).catch(codeOf)).toBe('not-authorised');
    expect(await reader.inbox(() => undefined).catch(codeOf)).toBe('not-authorised');
  });
});

/** Sends a message, and answers where it stands when an archive has it. */
async function sendAccepted(sender: Client, to: Person, text: string): Promise<MessageStatus> {
  const { id } = await sender.send({ to: to.author, text });
  return sender.waitForStatus(id, 'accepted');
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

/** Everything that waits, and then the client leaves. */
async function collectAll(client: Client, options: { receipts?: boolean } = {}): Promise<ReceivedMessage[]> {
  const received: ReceivedMessage[] = [];
  await client.inbox((message) => void received.push(message), { watch: false, ...options });
  await client.close();
  return received;
}

/** Somebody who has a mailbox and is away. */
async function mailboxOf(person: Promise<Person>): Promise<Person> {
  const owner = await person;
  const client = await owner.arrive();
  await client.openMailbox();
  await client.close();
  return owner;
}
