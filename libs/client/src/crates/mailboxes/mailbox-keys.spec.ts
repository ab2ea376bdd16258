import { beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateMailboxKeys } from '@holdfast/protocol/sealing';
import { memoryStorage, type Storage } from '../../index.js';
import { fileStorage } from '../../node.js';
import { put } from '../../storage/storage.js';
import { MailboxKeyStore } from './mailbox-keys.js';

const day = 24 * 3600;
const hour = 3600;
const start = 1_800_000_000;

let storage: Storage;
let store: MailboxKeyStore;

beforeEach(() => {
  storage = memoryStorage();
  store = new MailboxKeyStore(storage);
});

/** Whether there is a new key. */
const rotate = async (now: number, rotationSeconds: number, by = store): Promise<boolean> =>
  (await by.rotate(['here'], now, rotationSeconds)).has('here');

/** The public keys that crates are opened with, the newest first. */
const keysAt = async (now: number): Promise<readonly string[]> =>
  (await store.open('here', now)).kem.map(({ publicKey }) => publicKey);

describe('the sealing keys of a mailbox', () => {
  it('stay for as long as they are good, and the mailbox stays for ever', async () => {
    const { mailbox } = await store.open('here', start);
    const [first] = await keysAt(start);
    expect(await rotate(start + 7 * day - 1, 7 * day)).toBe(false);
    expect(await keysAt(start)).toEqual([first]);
    expect(await rotate(start + 7 * day, 7 * day)).toBe(true);
    expect((await store.open('here', start)).mailbox).toBe(mailbox);
    expect(await keysAt(start)).toEqual([expect.not.stringMatching(first!), first]);
  });

  it('are on the card with the newest of them', async () => {
    await store.open('here', start);
    await rotate(start + 7 * day, 7 * day);
    const { keys, kem } = await store.open('here', start);
    expect(keys.kem.publicKey).toBe(kem[0]!.publicKey);
  });

  it('are destroyed when no crate that is sealed to them can be on its way, 30 days and 12 hours later', async () => {
    await store.open('here', start);
    const [first] = await keysAt(start);
    await rotate(start + 7 * day, 7 * day);
    const destroyedAt = start + 7 * day + 30 * day + 12 * hour;
    await rotate(destroyedAt - 1, 100 * day);
    expect(await keysAt(start)).toContain(first);
    expect(await rotate(destroyedAt, 100 * day)).toBe(false);
    expect(await keysAt(start)).toHaveLength(1);
    const everything = JSON.stringify(await storage.list(''));
    expect(everything).not.toContain(first);
  });

  it('leave no byte in the folder of a file storage when they are destroyed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
    const files = await fileStorage(folder);
    const kept = new MailboxKeyStore(files);
    for (const place of ['here', 'there']) await kept.open(place, start);
    const privateKeys = (await files.list('')).map(
      ({ value }) => (JSON.parse(value) as { kem: { privateKey: string }[] }).kem[0]!.privateKey,
    );
    await kept.rotate(['here', 'there'], start + 7 * day, 7 * day);
    await kept.rotate(['here', 'there'], start + 38 * day, 100 * day);
    const texts = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    for (const privateKey of privateKeys) expect(texts.join('\n').includes(privateKey)).toBe(false);
    expect((await kept.open('there', start)).kem).toHaveLength(1);
    await files.close();
    await rm(folder, { recursive: true });
  });

  it('are one new one when two programs replace them at once', async () => {
    await store.open('here', start);
    const other = new MailboxKeyStore(storage);
    const rotated = await Promise.all([
      rotate(start + 7 * day, 7 * day),
      rotate(start + 7 * day, 7 * day, other),
    ]);
    expect(rotated.sort()).toEqual([false, true]);
    expect(await keysAt(start)).toHaveLength(2);
  });

  it('may have been kept without a time: such a one still opens, and is replaced', async () => {
    const keys = await generateMailboxKeys();
    await storage.write([put('here', JSON.stringify(keys))]);
    expect(await keysAt(start)).toEqual([keys.kem.publicKey]);
    expect(await rotate(start, 7 * day)).toBe(true);
    expect((await keysAt(start))[1]).toBe(keys.kem.publicKey);
  });
});
