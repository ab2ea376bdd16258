/** Clients that have direct links, and no archive any more (P8). */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Coast, newAuthor, numbered } from '../../test/coast.js';
import { MemoryLinks } from '../../test/memory-links.js';
import { shoal } from '../../test/shoal.js';
import { statusWhen } from '../../test/status-when.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

describe('clients with direct links whose archive is gone', () => {
  it('go on finding what is published among them, and the archive gets it when it returns', async () => {
    const [archive] = coast.archives(1);
    const clock = coast.clock();
    clock.random = () => Math.random();
    const links = new MemoryLinks();
    const visitors = await shoal(coast, archive, 3, { clock, peerLinks: links.make });
    links.linkAll();
    for (const { client } of visitors) await statusWhen(client, (status) => status.links === 2);

    archive.isDown = true;
    archive.hangUp();
    const [alice, bob] = visitors;
    for (const { client } of visitors) {
      await statusWhen(client, ({ archives }) => archives.every(({ isJoined }) => !isJoined));
    }
    const record = await numbered(await newAuthor(), 1);
    const published = alice!.client.publishSigned(record.jws);
    published.catch(() => undefined);
    // It is there for others as soon as it is kept.
    const isKept = (): Promise<boolean> =>
      alice!.client.get(record.id, { via: ['local'] }).then(
        () => true,
        () => false,
      );
    while (!(await isKept())) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const found = await bob!.client.get(record.id, { via: ['dht', 'flood'] });
    expect(found.record).toEqual(record);
    expect(found.source.kind).toMatch(/dht|flood/);

    archive.isDown = false;
    clock.jump({ seconds: 60 });
    expect(await published).toMatchObject({ id: record.id, archive: archive.id });
    expect(archive.log.map(({ id }) => id)).toEqual([record.id]);
  });
});
