import { beforeEach, describe, expect, it } from '@jest/globals';
import { generateMailboxKeys } from '@holdfast/protocol/sealing';
import { memoryStorage, type Storage } from '../index.js';
import { put } from '../storage/storage.js';
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

/** The public keys that crates are opened with, the newest first. */
const keysAt = async (now: number): Promise<readonly string[]> =>
  (await store.open('here', now)).kem.map(({ publicKey }) => publicKey);

describe('the sealing keys of a mailbox', () => {
  it('stay for as long as they are good, and the mailbox stays for ever', async () => {
    const { mailbox } = await store.open('here', start);
    const [first] = await keysAt(start);
    expect(await store.rotate('here', start + 7 * day - 1, 7 * day)).toBe(false);
    expect(await keysAt(start)).toEqual([first]);
    expect(await store.rotate('here', start + 7 * day, 7 * day)).toBe(true);
    expect((await store.open('here', start)).mailbox).toBe(mailbox);
    expect(await keysAt(start)).toEqual([expect.not.stringMatching(first!), first]);
  });

  it('are on the card with the newest of them', async () => {
    await store.open('here', start);
    await store.rotate('here', start + 7 * day, 7 * day);
    const { keys, kem } = await store.open('here', start);
    expect(keys.kem.publicKey).toBe(kem[0]!.publicKey);
  });

  it('are destroyed when no crate that is sealed to them can be on its way, 30 days and 12 hours later', async () => {
    await store.open('here', start);
    const [first] = await keysAt(start);
    await store.rotate('here', start + 7 * day, 7 * day);
    const destroyedAt = start + 7 * day + 30 * day + 12 * hour;
    await store.rotate('here', destroyedAt - 1, 100 * day);
    expect(await keysAt(start)).toContain(first);
    expect(await store.rotate('here', destroyedAt, 100 * day)).toBe(false);
    expect(await keysAt(start)).toHaveLength(1);
    const everything = JSON.stringify(await storage.list(''));
    expect(everything).not.toContain(first);
  });

  it('are one new one when two programs replace them at once', async () => {
    await store.open('here', start);
    const other = new MailboxKeyStore(storage);
    const rotated = await Promise.all([
      store.rotate('here', start + 7 * day, 7 * day),
      other.rotate('here', start + 7 * day, 7 * day),
    ]);
    expect(rotated.sort()).toEqual([false, true]);
    expect(await keysAt(start)).toHaveLength(2);
  });

  it('may have been kept without a time: such a one still opens, and is replaced', async () => {
    const keys = await generateMailboxKeys();
    await storage.write([put('here', JSON.stringify(keys))]);
    expect(await keysAt(start)).toEqual([keys.kem.publicKey]);
    expect(await store.rotate('here', start, 7 * day)).toBe(true);
    expect((await keysAt(start))[1]).toBe(keys.kem.publicKey);
  });
});
