import { beforeEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk, makeCardBody, type PrivateJwk } from '@holdfast/protocol';
import { generateMailboxKeys, type MessageContent } from '@holdfast/protocol/sealing';
import { idOf } from '../../../test/coast.js';
import { JumpingClock } from '../../../test/jumping-clock.js';
import { limits, memoryStorage, type Storage } from '../../index.js';
import { ContactAddresses } from './contact-addresses.js';
import type { RecipientCards } from './recipient-cards.js';

let storage: Storage;
let addresses: ContactAddresses;
let alice: PrivateJwk;

beforeEach(async () => {
  storage = memoryStorage();
  alice = await generatePrivateJwk();
  const clock = new JumpingClock();
  // What is told is kept whoever tells it: no card is looked up for that.
  addresses = new ContactAddresses({
    author: 'bob',
    storage,
    clock,
    cards: undefined as unknown as RecipientCards,
  });
});

/** A message of alice's that tells of a new mailbox, signed for whoever is named. */
async function telling(iat: number, device = 1, by = alice.x, id = 'a'): Promise<MessageContent> {
  const card = await makeCardBody(await generateMailboxKeys(), by, ['http://archive.test']);
  return { id, iat, to: idOf(9), text: '', reply: { ...card, device: idOf(device) } };
}

const kept = async (): Promise<readonly string[]> =>
  (await storage.list('peer/')).map(
    ({ value }) => (JSON.parse(value) as { address: { mailbox: string } }).address.mailbox,
  );

describe('what contacts tell of where to write to them', () => {
  it('is kept for each device, the one that was signed last', async () => {
    const [older, newer, other] = [await telling(100), await telling(200), await telling(50, 2)];
    for (const content of [newer, older, other]) await addresses.learn(alice.x, content);
    expect(await kept()).toEqual([newer.reply!.mailbox, other.reply!.mailbox]);
  });

  it('is of two that were signed in one second the one of the greater message', async () => {
    const [less, greater] = [await telling(100, 1, alice.x, 'a'), await telling(100, 1, alice.x, 'b')];
    for (const content of [less, greater, less]) await addresses.learn(alice.x, content);
    expect(await kept()).toEqual([greater.reply!.mailbox]);
  });

  it('is passed over when its mailbox was not signed for them', async () => {
    const mallory = await generatePrivateJwk();
    await addresses.learn(alice.x, await telling(100, 1, mallory.x));
    expect(await kept()).toEqual([]);
  });

  it('is of at most 16 devices of one sender, the newest ones', async () => {
    const newest = Math.floor(Date.now() / 1000);
    for (let n = 0; n < 17; n++) await addresses.learn(alice.x, await telling(newest - 100 + n, n + 1));
    expect(await kept()).toHaveLength(16);
    expect((await storage.list(`peer/bob/${alice.x}/${idOf(1)}`)).length).toBe(0);
  });

  it('is bounded in all: the oldest give way', async () => {
    const old = await telling(1);
    await addresses.learn(alice.x, old);
    const [{ value }] = [(await storage.list('peer/'))[0]!];
    await storage.write(
      Array.from({ length: limits.contactAddressesMax }, (_, n) => ({
        key: `peer/bob/somebody-${n}/device`,
        value: value.replace('"iat":1', '"iat":2'),
      })),
    );
    await addresses.learn(alice.x, await telling(3, 2));
    expect(await kept()).toHaveLength(limits.contactAddressesMax);
    expect((await storage.list(`peer/bob/${alice.x}/${idOf(1)}`)).length).toBe(0);
  });
});
