import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { openCrate } from '@holdfast/protocol/sealing';
import { decodeBase64url, type KemKeys, type PrivateJwk } from '@holdfast/protocol';
import { Coast, lasting } from '../../../test/coast.js';
import { memoryStorage, type StatusChange } from '../../index.js';

/** A mailbox as the storage keeps it. */
interface KeptKeys {
  readonly signing: PrivateJwk;
  readonly kem: readonly KemKeys[];
}

const coast = new Coast();
afterEach(() => coast.leaveAll());
afterEach(() => void jest.restoreAllMocks());

/** Lets days pass at once, with the clients going on. */
function pass(days: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + days * 24 * 3_600_000);
}

describe('a message to several people', () => {
  it('names them all and the crates that were sealed before, and is safe when one of them has it', async () => {
    const [archive] = coast.archives(1);
    const storages = [memoryStorage(), memoryStorage()];
    const people = await Promise.all(storages.map((storage) => coast.client([archive], { storage })));
    for (const { client } of people) await client.openMailbox();
    const { client } = await coast.client([archive]);
    const to = people.map(({ author }) => author);
    const { id, crates, safe } = await client.send({ to, text: 'hello' });
    expect(safe).toBe(false);
    await client.waitForStatus(id, 'durable');
    const contents = await Promise.all(
      people.map(async ({ author }, i) => {
        const keys = JSON.parse((await storages[i]!.get(`mailbox/${author}`))!) as KeptKeys;
        const { envelope } = [...archive.crates.values()].find(({ mailbox }) => mailbox === keys.signing.x)!;
        const opening = { mailbox: keys.signing.x, kem: keys.kem };
        const opened = await openCrate(decodeBase64url(envelope)!, opening);
        if (!opened.ok) throw new Error(opened.detail);
        return opened.value.content;
      }),
    );
    expect(contents.map(({ recipients }) => recipients)).toEqual([to, to]);
    expect(contents.map(({ siblings }) => siblings)).toEqual([undefined, [crates[0]!.crate]]);

    await people[0]!.client.inbox(() => undefined, { watch: false });
    await coast.until(() => archive.count('ack') > 0);
    expect((await client.askStatus(id)).status).toMatchObject({ status: 'durable', safe: true });
    await people[1]!.client.inbox(() => undefined, { watch: false });
    expect(await client.waitForStatus(id, 'delivered')).toMatchObject({ status: 'delivered', safe: true });
  });
});

describe('a message that has expired', () => {
  it('is told of, and sent again to those who lack it: the same message, which nobody is shown twice', async () => {
    const [archive] = coast.archives(1);
    const [bob, carol] = [await coast.client([archive]), await coast.client([archive])];
    await bob.client.openMailbox();
    await carol.client.openMailbox();
    const { client, problems } = await coast.client([archive]);
    const changes: StatusChange[] = [];
    client.on('status', (change) => changes.push(change));
    const { id } = await client.send({ to: [bob.author, carol.author], text: 'hello' });
    await client.waitForStatus(id, 'durable');
    expect(await client.resend(id)).toMatchObject({ status: 'durable', crates: [{}, {}] });
    await bob.client.inbox(() => undefined, { watch: false });
    await client.askStatus(id);
    // Carol's archive loses it, and she does not come before it has expired.
    archive.crates.clear();
    pass(16);
    archive.hangUp();
    expect((await client.waitForStatus(id, 'delivered')).status).toBe('expired');
    expect(changes.at(-1)).toMatchObject({
      message: { id, status: 'expired' },
      crate: { status: 'expired' },
    });
    expect(problems).toEqual([]);

    const again = await client.resend(id);
    expect(again).toMatchObject({ id, status: 'local', safe: true });
    expect(again.crates.map(({ to, status, resent }) => [to, status, resent])).toEqual([
      [bob.author, 'delivered', undefined],
      [carol.author, 'expired', true],
      [carol.author, 'local', undefined],
    ]);
    const received: unknown[] = [];
    await client.waitForStatus(id, 'durable');
    await carol.client.inbox((message) => void received.push(message), { watch: false });
    expect(received).toMatchObject([{ id, text: 'hello', sentAt: again.sentAt }]);
    expect(await client.waitForStatus(id, 'delivered')).toMatchObject({ status: 'delivered' });
    expect(await client.resend(id)).toMatchObject({ status: 'delivered', crates: [{}, {}, {}] });
  });

  it('is known to have done so by a program that starts later, and is not brought to archives that forgot it', async () => {
    const [archive] = coast.archives(1);
    const bob = await coast.mailboxAt(archive);
    const storage = lasting();
    const earlier = await coast.client([archive], { storage });
    const { id } = await earlier.client.send({ to: bob, text: 'hello' });
    await earlier.client.waitForStatus(id, 'durable');
    await earlier.client.close();
    archive.crates.clear();
    pass(16);
    const { client, problems } = await coast.client([archive], { storage });
    expect(await client.askStatus(id)).toMatchObject({ status: { status: 'expired' }, isFresh: true });
    expect(archive.count('deposit')).toBe(1);
    expect(problems).toEqual([]);
    expect((await client.resend(id)).crates).toMatchObject([
      { status: 'expired', resent: true },
      { to: bob },
    ]);
  });

  it('is sent again once, though two programs do it at the same time', async () => {
    const [archive] = coast.archives(1);
    const bob = await coast.mailboxAt(archive);
    const { client } = await coast.client([archive]);
    const { id } = await client.send({ to: bob, text: 'hello' });
    await client.waitForStatus(id, 'durable');
    expect((await client.recall(id)).status).toBe('recalled');
    await Promise.all([client.resend(id), client.resend(id)]);
    expect((await client.status(id)).crates).toHaveLength(2);
    await expect(client.resend('A'.repeat(22))).rejects.toMatchObject({ code: 'message-unknown' });
  });
});
