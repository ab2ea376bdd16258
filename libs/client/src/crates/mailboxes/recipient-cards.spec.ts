import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeBase64url, generatePrivateJwk, makeCardBody, type HoldfastError } from '@holdfast/protocol';
import { Coast, idOf, lasting } from '../../../test/coast.js';
import type { CrateArchive } from '../../../test/crate-archive.js';
import type { Client } from '../../index.js';
import { limits } from '../../limits.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** Somebody who has written to bob with these archives, and comes back with those that the answer is given. */
async function knowing(bob: string, ...before: readonly CrateArchive[]) {
  const [identity, storage] = [await generatePrivateJwk(), lasting()];
  const { client } = await coast.client(before, { identity, storage });
  await client.send({ to: bob, text: 'first' });
  await client.close();
  return (...after: readonly CrateArchive[]) =>
    coast.client(after, { identity, storage, patienceMs: 600_000 });
}

describe('where to write to somebody', () => {
  it('is asked of an archive that is still connecting when the first one knows nothing', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    bobs.isDown = true;
    const { client } = await coast.client([alices, bobs], { patienceMs: 600_000 });
    await coast.until(() => client.archives[1]!.state.name === 'waiting');
    const sending = client.send({ to: bob, text: 'hello' });
    await coast.until(() => alices.count('query') > 0);
    bobs.isDown = false;
    expect((await sending).status).toBe('local');
  });

  it('is remembered when the archives that can be asked do not know it', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    const comeBack = await knowing(bob, alices, bobs);
    const { client } = await comeBack(alices);
    expect((await client.send({ to: bob, text: 'second' })).status).toBe('local');
  });

  it('is remembered while no archive can be reached, without much waiting', async () => {
    const [bobs] = coast.archives(1);
    const bob = await coast.mailboxAt(bobs);
    const comeBack = await knowing(bob, bobs);
    bobs.isDown = true;
    const { client } = await comeBack(bobs);
    expect((await client.send({ to: bob, text: 'second' })).status).toBe('local');
  });

  it('is not waited for longer than an archive that refuses connections has done so', async () => {
    const [bobs] = coast.archives(1);
    const bob = await coast.mailboxAt(bobs);
    const [identity, storage, clock] = [await generatePrivateJwk(), lasting(), coast.clock()];
    const before = await coast.client([bobs], { identity, storage });
    await before.client.send({ to: bob, text: 'first' });
    await before.client.close();
    bobs.isDown = true;
    const after = clock.after.bind(clock);
    // The time for which a card is waited for is never over.
    clock.after = (delayMs, call) =>
      delayMs === limits.cardPatienceMs ? () => undefined : after(delayMs, call);
    const { client } = await coast.client([bobs], { identity, storage, clock, patienceMs: 600_000 });
    expect((await client.send({ to: bob, text: 'second' })).status).toBe('local');
  });

  it('is remembered while the archive that knows it is the one that cannot be reached', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    const comeBack = await knowing(bob, alices, bobs);
    bobs.isDown = true;
    const { client } = await comeBack(alices, bobs);
    expect((await client.send({ to: bob, text: 'second' })).status).toBe('local');
  });

  it('is asked of an archive that is for crates only when the own one cannot tell, and nothing else is', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    const before = bobs.requests.length;
    const archives = [alices.url, { url: bobs.url, cratesOnly: true }];
    for (const isDown of [true, false]) {
      alices.isDown = isDown;
      const { client } = await coast.client([], { archives });
      const published = client.publish({ collection: 'notes', body: 'mine' }).catch(() => undefined);
      const { id } = await client.send({ to: bob, text: 'hello' });
      await client.waitForStatus(id, 'accepted');
      await client.close();
      await published;
    }
    const asked = new Set(bobs.requests.slice(before).map(({ op }) => op));
    asked.delete('status');
    expect([...asked].sort()).toEqual(['deposit', 'query']);
  });

  it('is relied on without an archive only for what expires within 30 days of the last time that it was asked', async () => {
    const [bobs] = coast.archives(1);
    const clock = coast.clock();
    // Ten minutes past an hour: none begins meanwhile.
    clock.jump({ seconds: 3_600 + 600 - (Math.floor(clock.now() / 1000) % 3_600) });
    const bob = await coast.client([bobs], { clock });
    await bob.client.openMailbox();
    const { client } = await coast.client([bobs], { clock });
    await client.send({ to: bob.author, text: 'first' });
    bobs.isDown = true;
    bobs.hangUp();
    clock.jump({ days: 20 });
    const second = (expiryHours: number) => client.send({ to: bob.author, text: 'second', expiryHours });
    const error = await second(11 * 24).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'card-outdated', retryable: true, data: { to: bob.author } });
    const { expiryHours } = (error as HoldfastError).data as { expiryHours: number };
    expect(expiryHours).toBe(239);
    expect((await second(expiryHours)).status).toBe('local');
    clock.jump({ days: 10 });
    await expect(second(1)).rejects.toMatchObject({ code: 'card-outdated', data: { to: bob.author } });

    bobs.isDown = false;
    clock.jump({ seconds: 60 });
    await client.connected();
    expect((await second(720)).status).toBe('local');
  });

  it('is not taken back by an archive that has only an older card than the kept one', async () => {
    const [lagging] = coast.archives(1);
    const clock = coast.clock();
    const bob = await coast.mailboxAt(lagging);
    const storage = lasting();
    const place = `card/${bob}`;
    const first = await coast.client([lagging], { clock, storage });
    await first.client.send({ to: bob, text: 'first' });
    await first.client.close();
    const { cards, at } = JSON.parse((await storage.get(place))!) as { cards: { iat: number }[]; at: number };
    const newer = JSON.stringify({ cards: [{ ...cards[0]!, iat: cards[0]!.iat + 1, record: idOf(9) }], at });
    await storage.write([{ key: place, value: newer }]);
    clock.jump({ hours: 2 });
    const { client } = await coast.client([lagging], { clock, storage });
    await client.send({ to: bob, text: 'second' });
    expect(await storage.get(place)).toBe(newer);
    // Nor does it say that the newer one is still the newest.
    await expect(client.send({ to: bob, text: 'for long', expiryHours: 720 })).rejects.toMatchObject({
      code: 'card-outdated',
    });
  });

  it('is told again to an archive that has lost it', async () => {
    const [archive] = coast.archives(1);
    const { client } = await coast.client([archive]);
    await client.openMailbox();
    archive.log.length = 0;
    await client.openMailbox();
    expect(archive.log).toHaveLength(1);
  });
});

describe('a card that nothing can be sealed to', () => {
  /** Publishes a card whose KEM key no key pair has. */
  async function publishBadCard(client: Client, author: string, archive: CrateArchive): Promise<void> {
    const signing = await generatePrivateJwk();
    const kem = {
      publicKey: encodeBase64url(new Uint8Array(1216).fill(0xff)),
      privateKey: '',
      suite: 1 as const,
    };
    const body = await makeCardBody({ signing, kem }, author, [archive.url]);
    await client.publish({ collection: 'keys', key: body.mailbox, body });
  }

  it('is passed over when its owner has another one', async () => {
    const [one] = coast.archives(1);
    const bob = await coast.client([one]);
    await bob.client.openMailbox();
    await publishBadCard(bob.client, bob.author, one);
    const { client } = await coast.client([one]);
    const { id } = await client.send({ to: bob.author, text: 'hello' });
    expect((await client.waitForStatus(id, 'accepted')).crates).toHaveLength(1);
  });

  it('makes a recipient who has no other one unreachable, and the error names them', async () => {
    const [one] = coast.archives(1);
    const bob = await coast.mailboxAt(one);
    const mallory = await coast.client([one]);
    await publishBadCard(mallory.client, mallory.author, one);
    const { client } = await coast.client([one]);
    await expect(client.send({ to: [bob, mallory.author], text: 'hello' })).rejects.toMatchObject({
      code: 'recipient-unreachable',
      data: { to: mallory.author },
    });
  });
});
