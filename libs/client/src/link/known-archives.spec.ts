import { afterEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { Coast, lasting } from '../../test/coast.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

describe('the archive at an address', () => {
  it('is the one that was met there first, also for later clients; a mailbox is proven to no other', async () => {
    const [one] = coast.archives(1);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const first = await coast.client([one], { identity, storage });
    await first.client.connected();
    await first.client.close();

    const impostor = coast.archive('A'.repeat(43), one.url);
    const { client, problems } = await coast.client([impostor], { identity, storage });
    await expect(client.inbox(() => undefined)).rejects.toMatchObject({ code: 'archive-foreign' });
    expect(problems).toMatchObject([{ code: 'archive-foreign', url: one.url }]);
    expect(problems[0]!.detail).toContain('new id');
    expect(impostor.requests).toEqual([]);
    await client.close();

    // Named with its new id it is the archive from then on.
    const named = await coast.client([], { storage, archives: [{ url: one.url, id: impostor.id }] });
    await named.client.connected();
    await named.client.close();
    const later = await coast.client([impostor], { storage });
    await later.client.connected();
  });

  it('stays the known one when it is named with an id that nobody there has', async () => {
    const [one] = coast.archives(1);
    const storage = lasting();
    const first = await coast.client([one], { storage });
    await first.client.connected();
    await first.client.close();

    const misnamed = await coast.client([], { storage, archives: [{ url: one.url, id: 'B'.repeat(43) }] });
    await expect(misnamed.client.connected()).rejects.toMatchObject({ code: 'archive-foreign' });
    await misnamed.client.close();

    const later = await coast.client([one], { storage });
    await expect(later.client.connected()).resolves.toMatchObject({ state: { name: 'open' } });
  });

  it('is not one that only passes on the greeting of another', async () => {
    const [real] = coast.archives(1);
    const relay = coast.archive(real.id, 'http://relay.test');
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const before = await coast.client([real], { identity, storage });
    await before.client.connected();
    await before.client.close();
    // Also when it is preferred, and the real one is away for now.
    real.isDown = true;
    const { client, problems } = await coast.client([relay, real], { identity, storage });
    const leaving = new AbortController();
    const inbox = client.inbox(() => undefined, { signal: leaving.signal });
    await coast.until(() => problems.length > 0);
    real.isDown = false;
    await coast.until(() => real.count('collect') > 0);
    expect(client.archives.map(({ state }) => state.name)).toEqual(['closed', 'open']);
    expect(relay.requests).toEqual([]);
    leaving.abort();
    await inbox;
  });
});

describe('of two new addresses of one archive', () => {
  it('the preferred one is believed, whichever says hello first', async () => {
    const [real] = coast.archives(1);
    const relay = coast.archive(real.id, 'http://relay.test');
    real.isDown = true;
    const { client } = await coast.client([real, relay]);
    await coast.until(() => client.archives[1]!.state.name === 'open');
    real.isDown = false;
    await coast.until(() => client.archives[0]!.state.name === 'open');
    expect(client.archives[1]!.state).toEqual({ name: 'closed', code: 'archive-foreign' });
  });
});

describe('when every archive is another one than was expected', () => {
  it('nothing is waited for, and what was to be published is kept', async () => {
    const [one] = coast.archives(1);
    const storage = lasting();
    const { client } = await coast.client([], {
      storage,
      archives: [{ url: one.url, id: 'A'.repeat(43) }],
    });
    const asked = await Promise.allSettled([
      client.publish({ collection: 'notes', body: 'kelp' }),
      client.connected(),
      client.follow({}).next(),
      client.inbox(() => undefined),
    ]);
    expect(asked).toEqual(
      asked.map(() => ({
        status: 'rejected',
        reason: expect.objectContaining({ code: 'archive-foreign' }),
      })),
    );
    expect(await storage.list('outbox/record/')).toHaveLength(1);
  });
});
