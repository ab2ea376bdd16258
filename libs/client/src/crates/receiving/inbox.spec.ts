import { afterEach, describe, expect, it } from '@jest/globals';
import { crateIdOf, encodeBase64url, HoldfastError } from '@holdfast/protocol';
import { Coast } from '../../../test/coast.js';
import type { KeptCrate } from '../../../test/crate-archive.js';
import { memoryStorage, type ReceivedMessage } from '../../index.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

describe('an inbox that does not watch', () => {
  it('does not say that nothing waits when the archive refuses to say what does', async () => {
    const [one] = coast.archives(1);
    one.handlers.collect = ({ n }, say) =>
      say({ op: 'error', n, code: 'unavailable', detail: 'Not now.', retryable: true });
    const { client } = await coast.client([one]);
    await expect(client.inbox(() => undefined, { watch: false })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('does not say so either when the archive says nothing at all', async () => {
    const [one] = coast.archives(1);
    one.handlers.collect = () => undefined;
    const { client } = await coast.client([one]);
    await expect(client.inbox(() => undefined, { watch: false })).rejects.toMatchObject({
      code: 'request-timeout',
    });
  });

  it('hands over everything that waited, though the archive offers again what is not answered soon', async () => {
    const [one] = coast.archives(1);
    const { client: bob, author } = await coast.client([one]);
    const { mailbox } = await bob.openMailbox();
    const { client: alice } = await coast.client([one]);
    for (const text of ['first', 'second', 'third']) {
      await alice.waitForStatus((await alice.send({ to: author, text })).id, 'accepted');
    }
    // It offers what fits into its window, offers that again, and further ones once it is answered.
    const [[first, kept], ...others] = [...one.crates] as [[string, KeptCrate], ...[string, KeptCrate][]];
    let offerOthers = (): void => undefined;
    one.handlers.collect = ({ n }, say) => {
      const offer = (crate: string, envelope: string): void => say({ op: 'crate', n, crate, envelope });
      say({ op: 'collecting', n, waiting: 3 });
      for (let i = 0; i < 3; i++) offer(first, kept.envelope);
      offerOthers = () => others.forEach(([crate, { envelope }]) => offer(crate, envelope));
    };
    const acknowledge = one.handlers.ack!;
    one.handlers.ack = async (request, say) => {
      await acknowledge(request, say);
      await alice.query({ limit: 1 });
      offerOthers();
      offerOthers = () => undefined;
    };
    const texts: string[] = [];
    await bob.inbox(({ text }) => void texts.push(text), { watch: false });
    expect(texts).toEqual(['first', 'second', 'third']);
    expect(mailbox).toBe(kept.mailbox);
  });

  it('collects from an archive that does not take the mailbox’s card, and reports that', async () => {
    const [one] = coast.archives(1);
    const { client: bob, author, problems } = await coast.client([one]);
    await bob.openMailbox();
    const { client: alice } = await coast.client([one]);
    const { id } = await alice.send({ to: author, text: 'hello' });
    await alice.waitForStatus(id, 'accepted');
    one.handlers.publish = ({ n }, say) =>
      say({ op: 'error', n, code: 'quota-exceeded', detail: 'Full.', retryable: true });
    const received: ReceivedMessage[] = [];
    await bob.inbox((message) => void received.push(message), { watch: false });
    expect(received).toMatchObject([{ text: 'hello' }]);
    expect(problems).toMatchObject([{ code: 'quota-exceeded', url: one.url }]);
  });
});

describe('an inbox as a loop', () => {
  it('can be left while it waits for a message', async () => {
    const [one] = coast.archives(1);
    const { client } = await coast.client([one]);
    const loop = client.messages();
    const next = loop.next();
    await coast.until(() => one.count('collect') > 0);
    await loop.return!();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe('a crate that cannot be read', () => {
  it('stays in the archive when a later version of this program may read it', async () => {
    const [one] = coast.archives(1);
    const { client, problems } = await coast.client([one]);
    const { mailbox } = await client.openMailbox();
    // An envelope of version 2, as far as anybody can tell today.
    const envelope = new Uint8Array(4096);
    envelope.set([0x89, 0x02]);
    const crate = await crateIdOf(envelope);
    one.crates.set(crate, { mailbox, envelope: encodeBase64url(envelope), status: 'accepted' });
    await client.inbox(() => undefined, { watch: false });
    expect(problems).toMatchObject([{ code: 'crate-version-unsupported', id: crate }]);
    expect(one.crates.get(crate)!.status).toBe('accepted');
  });
});

describe('a storage that fails', () => {
  it('is reported when a message cannot be written down, and leaving the inbox does not wait for it', async () => {
    const [one] = coast.archives(1);
    const storage = memoryStorage();
    const { client: bob, author, problems } = await coast.client([one], { storage });
    await bob.openMailbox();
    const { client: alice } = await coast.client([one]);
    const { id } = await alice.send({ to: author, text: 'hello' });
    await alice.waitForStatus(id, 'accepted');
    const write = storage.write.bind(storage);
    storage.write = (changes) =>
      changes.some(({ key }) => key.startsWith('handled/'))
        ? Promise.reject(new HoldfastError('storage-failed', 'The disk is full.'))
        : write(changes);
    const leaving = new AbortController();
    const inbox = bob.inbox(() => undefined, { signal: leaving.signal });
    await coast.until(() => problems.some(({ code }) => code === 'storage-failed'));
    leaving.abort();
    await inbox;
    expect([...one.crates.values()]).toMatchObject([{ status: 'accepted' }]);
  });
});
