import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  encodeBase64url,
  generatePrivateJwk,
  signingKeyFromJwk,
  type KemKeys,
  type PrivateJwk,
} from '@holdfast/protocol';
import { sealCrate, type MessageNotice } from '@holdfast/protocol/sealing';
import { Coast, lasting } from '../../../test/coast.js';
import type { CrateArchive } from '../../../test/crate-archive.js';
import type { JumpingClock } from '../../../test/jumping-clock.js';
import { openedBy, type SeenCrate } from '../../../test/opened-crates.js';
import type { Client, Problem, ReceivedMessage, Storage } from '../../index.js';

const coast = new Coast();
let archive: CrateArchive;
let clock: JumpingClock;

beforeEach(() => {
  [archive] = coast.archives(1);
  clock = coast.clock();
});
afterEach(() => coast.leaveAll());

/** Somebody's device, who comes and goes. */
class Device {
  readonly received: ReceivedMessage[] = [];
  readonly problems: Problem[] = [];
  client!: Client;

  constructor(
    readonly identity: PrivateJwk,
    readonly storage: Storage = lasting(),
  ) {}

  get author(): string {
    return this.identity.x;
  }

  get texts(): readonly string[] {
    return this.received.map(({ text }) => text);
  }

  /** A client on the storage, and a mailbox. */
  async arrive(): Promise<this> {
    const { identity, storage } = this;
    const { client, problems } = await coast.client([archive], { clock, storage, identity });
    this.client = client;
    client.on('problem', () => this.problems.push(problems.at(-1)!));
    await client.openMailbox();
    return this;
  }

  watch(): void {
    void this.client.inbox((message) => void this.received.push(message), { receiptDelayMs: 0 });
  }

  collect(): Promise<void> {
    const handler = (message: ReceivedMessage): void => void this.received.push(message);
    return this.client.inbox(handler, { watch: false, receiptDelayMs: 0 });
  }

  /** The crates that came for this device, and are not messages of their sender's. */
  async notices(): Promise<readonly SeenCrate[]> {
    const seen = await openedBy(this.author, this.storage, archive);
    return seen.filter(({ content }) => content.notice !== undefined);
  }
}

const device = async (): Promise<Device> => new Device(await generatePrivateJwk()).arrive();

/** The archive drops everything that has expired and everything that nobody fetched. */
function expireCrates(): void {
  for (const kept of archive.crates.values()) if (kept.status === 'accepted') kept.status = 'expired';
}

/** Sends a message and resolves when all of its crates are in the archive. */
async function send(from: Device, to: readonly Device[], text: string): Promise<string> {
  const before = archive.crates.size;
  const { id, crates } = await from.client.send({
    to: to.map(({ author }) => author),
    text,
    expiryHours: 24,
  });
  await coast.until(() => archive.crates.size === before + crates.length);
  return id;
}

/** Leaves a notice of the sender's in the archive, for the public mailbox of the other. */
async function noticeTo(to: Device, from: Device, notice: MessageNotice): Promise<void> {
  const [entry] = await to.storage.list('mailbox/');
  const { signing, kem } = JSON.parse(entry!.value) as { signing: PrivateJwk; kem: readonly KemKeys[] };
  const now = Math.floor(clock.now() / 1000);
  const id = encodeBase64url(crypto.getRandomValues(new Uint8Array(16)));
  const { envelope, crate } = await sealCrate({
    content: { id, iat: now, to: signing.x, recipients: [to.author], notice },
    sender: await signingKeyFromJwk(from.identity),
    kemPublicKey: kem[0]!.publicKey,
    expiryHour: Math.ceil(now / 3600) + 24,
  });
  const kept = { mailbox: signing.x, envelope: encodeBase64url(envelope), status: 'accepted' as const };
  archive.crates.set(crate, kept);
}

const statusNames = (): readonly string[] => [...archive.crates.values()].map(({ status }) => status);

describe('a message that one recipient got and another did not', () => {
  it('is told of when its crates have expired, and brought by a new crate, once', async () => {
    const [alice, bob, carol] = [await device(), await device(), await device()];
    await carol.client.close();
    bob.watch();
    const id = await send(alice, [bob, carol], 'to both');
    await coast.until(() => statusNames().includes('delivered'));
    await alice.client.close();
    clock.jump({ hours: 26 });
    expireCrates();
    await coast.until(() => archive.crates.size === 3);
    await (await carol.arrive()).collect();
    expect(carol.received).toEqual([]);
    await carol.client.tried();
    await coast.until(() => archive.crates.size === 5);
    for (let i = 0; i < 2; i++) await carol.collect();
    expect(carol.received).toEqual([
      expect.objectContaining({
        id,
        from: alice.author,
        text: 'to both',
        broughtBy: true,
        recipients: [bob.author, carol.author],
      }),
    ]);
    expect(bob.texts).toEqual(['to both']);
    const notices = await carol.notices();
    expect(notices.map(({ sender }) => sender)).toEqual([bob.author]);
    expect([...bob.problems, ...carol.problems]).toEqual([]);
  });

  it('is not told of to somebody who has shown to have it', async () => {
    const [alice, bob, carol] = [await device(), await device(), await device()];
    await carol.client.close();
    await send(alice, [bob, carol], 'first');
    await bob.collect();
    await (await carol.arrive()).collect();
    // Carol is away for two days, and asks what she has missed: so bob sees what she has.
    clock.jump({ hours: 23 });
    await bob.collect();
    clock.jump({ hours: 2 });
    await carol.collect();
    await coast.until(() => archive.crates.size === 3);
    for (let i = 0; i < 2; i++) {
      await bob.collect();
      clock.jump({ hours: 3 });
    }
    expireCrates();
    await bob.collect();
    await bob.client.tried();
    expect(await carol.notices()).toEqual([]);
    expect((await bob.notices()).map(({ sender }) => sender)).toContain(carol.author);
  });

  it('is told of once, though one of those whom it names has no mailbox', async () => {
    const [alice, bob, carol] = [await device(), await device(), await device()];
    const gone = await device();
    await Promise.all([carol.client.close(), gone.client.close()]);
    await send(alice, [bob, carol, gone], 'to three');
    await bob.collect();
    await alice.client.close();
    // No archive has the card of one of them any more, and nobody here has ever known it.
    archive.log.splice(0, Infinity, ...archive.log.filter(({ author }) => author !== gone.author));
    expireCrates();
    const before = archive.crates.size;
    for (let hour = 0; hour < 6; hour++) {
      clock.jump({ hours: hour === 0 ? 23 : 2 });
      await bob.collect();
      await bob.client.tried();
    }
    expect(archive.crates.size).toBe(before + 1);
    expect(bob.problems).toEqual([]);
  });

  it('is asked for by whoever comes back after more than a day, of the recipients of earlier messages', async () => {
    const [alice, bob, carol] = [await device(), await device(), await device()];
    await send(alice, [bob, carol], 'first');
    await Promise.all([bob.collect(), carol.collect()]);
    await carol.client.close();
    const id = await send(alice, [bob, carol], 'second');
    await bob.collect();
    expireCrates();
    clock.jump({ hours: 20 });
    await (await carol.arrive()).collect();
    await carol.client.tried();
    expect(await bob.notices()).toEqual([]);
    clock.jump({ hours: 25 });
    await carol.collect();
    await carol.client.tried();
    await bob.collect();
    await bob.client.tried();
    await carol.collect();
    expect(carol.texts).toEqual(['first', 'second']);
    expect(carol.received[1]).toMatchObject({ id, broughtBy: true });
  });

  it('is brought to its recipients only, and to each device once a day', async () => {
    const [alice, bob, carol] = [await device(), await device(), await device()];
    await send(alice, [bob, carol], 'to both');
    await send(alice, [bob], 'to bob alone');
    await bob.collect();
    expireCrates();
    const mallory = await device();
    const asks = async (who: Device): Promise<number> => {
      const before = archive.crates.size;
      await send(who, [bob], 'nothing');
      const have = { mailbox: (await who.client.openMailbox()).mailbox, since: 0, marks: [] };
      await noticeTo(bob, who, { have });
      await bob.collect();
      await bob.client.tried();
      return archive.crates.size - before - 2;
    };
    expect(await asks(mallory)).toBe(0);
    expect(await asks(carol)).toBe(1);
    expect(await asks(carol)).toBe(0);
    clock.jump({ seconds: 601 });
    expect(await asks(carol)).toBe(0);
    const forCarol = async (): Promise<number> =>
      (await openedBy(carol.author, carol.storage, archive)).filter(
        ({ content }) => content.text === 'to both',
      ).length;
    expect(await forCarol()).toBe(2);
    clock.jump({ hours: 24 });
    await asks(carol);
    expect(await forCarol()).toBe(3);
    await carol.collect();
    expect(carol.texts).toEqual(['to both']);
  });
});

describe('a second device of one identity', () => {
  it('has every message that it did not miss by itself, and what it missed from the other', async () => {
    const alice = await device();
    const phone = await device();
    const laptop = await new Device(phone.identity).arrive();
    clock.jump({ seconds: 700 });
    await send(alice, [phone], 'to both devices');
    await Promise.all([phone.collect(), laptop.collect()]);
    await laptop.client.close();
    const id = await send(alice, [phone], 'the laptop is closed');
    await phone.collect();
    await alice.client.waitForStatus(id, 'delivered');
    expireCrates();
    clock.jump({ hours: 30 });
    await (await laptop.arrive()).collect();
    await laptop.client.tried();
    await phone.collect();
    await phone.client.tried();
    await laptop.collect();
    expect(laptop.texts).toEqual(['to both devices', 'the laptop is closed']);
    expect(phone.texts).toEqual(['to both devices', 'the laptop is closed']);
    expect(laptop.received[1]).toMatchObject({ from: alice.author, broughtBy: true });
  });
});
