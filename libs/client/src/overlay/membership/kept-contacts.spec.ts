import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Key, type Contact } from '@holdfast/dht';
import { idOf } from '../../../test/coast.js';
import { StandingClock } from '../../../test/standing-clock.js';
import { memoryStorage } from '../../index.js';
import { put } from '../../storage/storage.js';
import { overlayLimits } from '../limits.js';
import { ContactKeeper, readContacts } from './kept-contacts.js';

const contact = (n: number): Contact => ({ id: new Key(new Uint8Array(32).fill(n)), archive: idOf(9) });
const never = (error: unknown): never => {
  throw error;
};
const idsOf = (contacts: readonly Contact[]): string[] => contacts.map(({ id }) => id.text);

function keeping() {
  const clock = new StandingClock();
  const storage = memoryStorage();
  const scene = { known: [contact(1)] as Contact[] };
  const failures: unknown[] = [];
  const keeper = new ContactKeeper(
    storage,
    clock,
    () => scene.known,
    (error) => failures.push(error),
  );
  return { clock, storage, scene, failures, keeper };
}

describe('contacts', () => {
  it('are kept now and then, and at the end', async () => {
    const { clock, storage, scene, keeper } = keeping();
    keeper.start();
    for (const n of [1, 2]) {
      scene.known = [contact(n)];
      clock.pass(overlayLimits.contactsKeptEveryMs);
      await setImmediate();
      expect(idsOf(await readContacts(storage, never))).toEqual([idOf(n)]);
    }
    await keeper.end([contact(3)]);
    expect(idsOf(await readContacts(storage, never))).toEqual([idOf(3)]);
    expect(clock.waiting).toBe(0);
  });

  it('of before are kept by who knows nobody now', async () => {
    const { storage, keeper } = keeping();
    await keeper.end([contact(1)]);
    await keeper.end([]);
    expect(idsOf(await readContacts(storage, never))).toEqual([idOf(1)]);
  });

  it('that cannot be written are a problem that is told, and nothing else', async () => {
    const { storage, failures, keeper } = keeping();
    const full = new Error('The storage is full.');
    storage.write = () => Promise.reject(full);
    await keeper.end([contact(1)]);
    expect(failures).toEqual([full]);
  });

  it.each([
    ['are cut off', `[{"node":"${idOf(2)}"`, []],
    ['are nothing at all', '', []],
    ['are no list', '{}', []],
    ['are written as no version does now', JSON.stringify([[idOf(2), idOf(9)], idOf(3)]), []],
    [
      'make sense in parts',
      JSON.stringify([
        null,
        7,
        { node: 'x', archive: idOf(1) },
        { node: idOf(1) },
        { node: idOf(2), archive: idOf(9) },
      ]),
      [idOf(2)],
    ],
  ])('that %s are a problem that is told once, and no others than can be read', async (_, text, readable) => {
    const { storage, failures, keeper } = keeping();
    const failed = (error: unknown): void => void failures.push(error);
    await storage.write([put('overlay/contacts', text)]);
    expect(idsOf(await readContacts(storage, failed))).toEqual(readable);
    expect(failures).toEqual([expect.objectContaining({ code: 'storage-failed' })]);
    expect(idsOf(await readContacts(storage, never))).toEqual(readable);
    await keeper.end([contact(3)]);
    expect(idsOf(await readContacts(storage, never))).toEqual([idOf(3)]);
  });

  it('that can be neither read nor let go keep nobody out', async () => {
    const { storage, failures } = keeping();
    await storage.write([put('overlay/contacts', '[')]);
    const full = new Error('The storage is full.');
    storage.write = () => Promise.reject(full);
    expect(await readContacts(storage, (error) => failures.push(error))).toEqual([]);
    expect(failures).toEqual([expect.objectContaining({ code: 'storage-failed' }), full]);
  });
});
