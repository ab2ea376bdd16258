/** A replica that has been on its way for long, and crates between archives whose clocks are wrong. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess, type BootOptions } from '@holdfast/testing';
import { askOnce, depositAt, statusAt, untilState, untilStatus } from './crate-door.js';
import { hourNow, sampleCrate, sampleMailbox, text } from './crate-samples.js';
import { holdUpReplicas } from './held-replicas.js';

const archives: ArchiveProcess[] = [];
afterEach(async () => {
  await Promise.all(archives.splice(0).map((archive) => archive.destroy()));
});

async function boot(options?: BootOptions): Promise<ArchiveProcess> {
  const archive = await bootArchive(options);
  archives.push(archive);
  return archive;
}

describe('a replica that comes when the crate has left everywhere', () => {
  it('is refused by an archive that never held it, because it was offered and then told', async () => {
    const [entry, target] = [await boot(), await boot()];
    const road = await holdUpReplicas(target.url);
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    await depositAt(entry.url, crate, { bring: [road.url] });
    await road.held;
    // Whoever brings it is killed, and knows nothing any more of what is on the road.
    await entry.kill9();
    await entry.start();
    await askOnce(entry.url, { op: 'ack', crate: crate.id, secret: text(crate.ackSecret) });
    const isTold = ({ errands = [] }: { readonly errands?: readonly unknown[] | undefined }) =>
      errands.length === 0;
    await untilStatus(entry.url, crate, isTold);
    expect(await statusAt(target.url, crate)).toMatchObject({ status: 'unknown' });
    expect(await road.letGo()).toBe(410);
    expect(await statusAt(target.url, crate)).toMatchObject({ status: 'delivered' });
    await road.close();
  });
});

describe('archives whose clocks are twelve hours off', () => {
  it.each([
    ['the one that brings is ahead and the other behind', 12, -12],
    ['the one that brings is behind and the other ahead', -12, 12],
  ])('bring crates to each other and tell how they left: %s', async (_what, ahead, behind) => {
    const entry = await boot({ clockOffsetSeconds: ahead * 3600 });
    const target = await boot({ clockOffsetSeconds: behind * 3600 });
    const crate = await sampleCrate((await sampleMailbox()).publicKey, { expiryHour: hourNow() + 48 });
    await depositAt(entry.url, crate, { bring: [target.url] });
    await untilState(target.url, crate, 'accepted');
    await untilStatus(entry.url, crate, ({ custody = [] }) => custody.length === 2);
    await askOnce(target.url, { op: 'recall', crate: crate.id, secret: text(crate.recallSecret) });
    await untilState(entry.url, crate, 'recalled');
  });
});
