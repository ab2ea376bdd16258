import { afterEach, describe, expect, it } from '@jest/globals';
import type { Client } from '../../index.js';
import { Coast, lasting, newAuthor, numbered } from '../../../test/coast.js';
import { serving, shoal } from '../../../test/shoal.js';
import { statusWhen } from '../../../test/status-when.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** At its own place and at that of its author's collection. */
async function pinned(client: Client, places: number): Promise<void> {
  while ((await client.overlay()).held.pinned !== places)
    await new Promise((resolve) => setImmediate(resolve));
}

describe('a record that is pinned', () => {
  it('is brought to others, and again after a restart, until it is unpinned', async () => {
    const archives = coast.archives(1);
    await shoal(coast, archives[0], 3);
    const record = await numbered(await newAuthor(), 1);
    archives[0].log.push(record);
    const storage = lasting();
    const first = await coast.client(archives, { ...serving, storage });
    await statusWhen(first.client, ({ isIn }) => isIn);
    expect((await first.client.pin(record.id)).copies).toBeGreaterThan(0);
    await pinned(first.client, 2);
    await first.client.close();
    const again = await coast.client(archives, { ...serving, storage });
    await pinned(again.client, 2);
    await again.client.unpin(record.id);
    await pinned(again.client, 0);
    expect(await storage.list('pin/')).toEqual([]);
  });

  it('is found by a client that has no archive to ask', async () => {
    const archives = coast.archives(1);
    await shoal(coast, archives[0], 2);
    const record = await numbered(await newAuthor(), 1);
    archives[0].log.push(record);
    const pinning = await coast.client(archives, serving);
    await statusWhen(pinning.client, ({ isIn }) => isIn);
    await pinning.client.pin(record.id);
    archives[0].log.length = 0;
    const reader = await coast.client(archives, { overlay: 'observer' });
    await statusWhen(reader.client, ({ isIn }) => isIn);
    expect(await reader.client.get(record.id, { via: ['dht'] })).toMatchObject({ source: { kind: 'dht' } });
  });

  it('needs an overlay', async () => {
    const archives = coast.archives(1);
    const { client } = await coast.client(archives);
    const { id } = await numbered(await newAuthor(), 1);
    await expect(client.pin(id)).rejects.toMatchObject({ code: 'settings-invalid' });
    await expect(client.unpin(id)).rejects.toMatchObject({ code: 'settings-invalid' });
  });
});
