/** Messages from client to client, beside the archives and without them, over an overlay in memory. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk, type PrivateJwk } from '@holdfast/protocol';
import { Coast, idOf, lasting, type Visitor } from '../../test/coast.js';
import type { CrateArchive } from '../../test/crate-archive.js';
import { Strait, type StraitEnd } from '../../test/strait.js';
import type { ClientOptions, InboxOptions, ReceivedMessage, Storage } from '../index.js';
import { directLimits } from '../overlay/direct/direct-limits.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** Somebody whose storage outlives their clients, and who reads what comes as long as a client is there. */
class Islander {
  readonly received: ReceivedMessage[] = [];
  /** Called before a message counts as received. */
  handling: (message: ReceivedMessage) => void = () => undefined;
  visitor!: Visitor;
  readonly #storage: Storage = lasting();
  #inbox: Promise<void> = Promise.resolve();

  constructor(
    private readonly archives: readonly CrateArchive[],
    private readonly identity: PrivateJwk,
    readonly end: StraitEnd,
    private readonly options: Partial<ClientOptions>,
  ) {}

  get client(): Visitor['client'] {
    return this.visitor.client;
  }

  get author(): string {
    return this.identity.x;
  }

  get texts(): readonly string[] {
    return this.received.map(({ text }) => text);
  }

  async arrive(): Promise<void> {
    const { identity, end: directDelivery, options } = this;
    const own = { identity, storage: this.#storage, directDelivery, ...options };
    this.visitor = await coast.client(this.archives, own);
  }

  read(options: InboxOptions = {}): void {
    const handler = (message: ReceivedMessage): void => {
      this.handling(message);
      this.received.push(message);
    };
    this.#inbox = this.client.inbox(handler, { receiptDelayMs: 0, ...options });
  }

  async leave(): Promise<void> {
    await this.client.close();
    await this.#inbox;
  }

  async delivered(to: Islander, text: string) {
    const { id } = await this.client.send({ to: to.author, text });
    return this.client.waitForStatus(id, 'delivered');
  }
}

async function islander(
  archive: CrateArchive,
  strait: Strait,
  options: Partial<ClientOptions> = {},
): Promise<Islander> {
  const one = new Islander([archive], await generatePrivateJwk(), strait.end(), options);
  await one.arrive();
  await one.client.openMailbox();
  return one;
}

/** Alice and Bob, who have written to each other over an archive, and so know mailboxes that nobody else knows. */
async function acquainted({ clock }: Pick<ClientOptions, 'clock'> = {}) {
  const [archive] = coast.archives(1);
  const strait = new Strait();
  strait.open(false);
  const options = clock === undefined ? {} : { clock };
  const alice = await islander(archive, strait, options);
  const bob = await islander(archive, strait, options);
  alice.read();
  bob.read();
  await alice.delivered(bob, 'hello');
  await bob.delivered(alice, 'hello to you');
  await alice.delivered(bob, 'now we know each other');
  return { archive, strait, alice, bob };
}

function goDown(archive: CrateArchive): void {
  archive.isDown = true;
  archive.hangUp();
}

describe('messages between clients that know each other', () => {
  it('go on in both directions when every archive is gone, and say here that they went directly', async () => {
    const { archive, strait, alice, bob } = await acquainted();
    goDown(archive);
    strait.open(true);
    const there = await alice.delivered(bob, 'no archive');
    const back = await bob.delivered(alice, 'none needed');
    expect(bob.texts.at(-1)).toBe('no archive');
    expect(alice.texts.at(-1)).toBe('none needed');
    for (const { crates } of [there, back]) {
      expect(crates).toMatchObject([{ status: 'delivered', direct: true, custody: [] }]);
    }
    const [earlier] = (await alice.client.status((await alice.delivered(bob, 'and more')).id)).crates;
    expect(earlier).toMatchObject({ direct: true });
  });

  it('are handed over once when an archive brings them too, and leave the archive as well', async () => {
    const { archive, strait, alice, bob } = await acquainted();
    await bob.leave();
    const { id, crates } = await alice.client.send({ to: bob.author, text: 'both ways' });
    await alice.client.waitForStatus(id, 'accepted');
    goDown(archive);
    await bob.arrive();
    bob.read();
    strait.open(true);
    expect((await alice.client.waitForStatus(id, 'delivered')).crates[0]).toMatchObject({ direct: true });
    archive.isDown = false;
    await coast.until(() => archive.crates.get(crates[0]!.crate)!.status === 'delivered');
    expect(bob.texts.filter((text) => text === 'both ways')).toHaveLength(1);
  });

  it('are delivered after both have been away, one after the other, without any archive', async () => {
    const { archive, strait, alice, bob } = await acquainted();
    goDown(archive);
    strait.open(true);
    await bob.leave();
    const { id } = await alice.client.send({ to: bob.author, text: 'for later' });
    await alice.leave();
    await bob.arrive();
    bob.read();
    await untilTurns(() => bob.end.announced.length > 0);
    await alice.arrive();
    alice.read();
    const { status, crates } = await alice.client.waitForStatus(id, 'delivered');
    expect({ status, direct: crates[0]!.direct }).toEqual({ status: 'delivered', direct: true });
    expect(bob.texts.filter((text) => text === 'for later')).toHaveLength(1);
  });

  it('are not answered before the handler has succeeded', async () => {
    const clock = coast.clock();
    const { archive, strait, alice, bob } = await acquainted({ clock });
    goDown(archive);
    let failures = 0;
    bob.handling = () => {
      expect(strait.proofs).toEqual([]);
      if (failures++ === 0) throw new Error('not yet');
    };
    strait.open(true);
    const { id } = await alice.client.send({ to: bob.author, text: 'hold on' });
    await coast.until(() => bob.visitor.problems.some(({ detail }) => detail.includes('handler failed')));
    expect(await alice.client.status(id)).toMatchObject({ status: 'local' });
    clock.jump({ seconds: 5 });
    expect(await alice.client.waitForStatus(id, 'delivered')).toMatchObject({ status: 'delivered' });
    expect(failures).toBe(2);
  });

  it('are handed over again when the answer was lost, and answered again without being handled again', async () => {
    const clock = coast.clock();
    const { archive, strait, alice, bob } = await acquainted({ clock });
    goDown(archive);
    strait.losesProofs = true;
    strait.open(true);
    const { id } = await alice.client.send({ to: bob.author, text: 'once' });
    await untilTurns(() => strait.proofs.length > 0);
    strait.losesProofs = false;
    await untilTurns(() => {
      clock.jump({ seconds: directLimits.receiptAwaitedMs / 1000 });
      return strait.proofs.length > 1;
    });
    expect(await alice.client.waitForStatus(id, 'delivered')).toMatchObject({ status: 'delivered' });
    expect(bob.texts.filter((text) => text === 'once')).toHaveLength(1);
  });

  it('are discarded in the eyes of their sender when the recipient keeps back receipts', async () => {
    const { archive, strait, alice, bob } = await acquainted();
    await bob.leave();
    goDown(archive);
    await bob.arrive();
    bob.read({ receipts: false });
    await untilTurns(() => bob.end.announced.length > 0);
    strait.open(true);
    const { id } = await alice.client.send({ to: bob.author, text: 'quietly' });
    const { crates } = await alice.client.waitForStatus(id, 'delivered');
    expect(crates).toMatchObject([{ status: 'discarded', direct: true }]);
    expect(bob.texts.at(-1)).toBe('quietly');
  });

  it('are not believed to be delivered without the proof', async () => {
    const { archive, strait, alice, bob } = await acquainted();
    await bob.leave();
    goDown(archive);
    strait.open(true);
    const { id, crates } = await alice.client.send({ to: bob.author, text: 'are you there?' });
    const statuses: string[] = [];
    alice.client.on('status', ({ crate }) => statuses.push(crate.status));
    const { crate } = crates[0]!;
    alice.end.heard({ crate, way: 'ack', proof: idOf(1) });
    alice.end.heard({ crate, way: 'discard', proof: idOf(1) });
    alice.end.heard({ crate: idOf(2), way: 'ack', proof: idOf(1) });
    await bob.arrive();
    bob.read();
    await untilTurns(() => bob.end.announced.length > 0);
    expect(await alice.client.status(id)).toMatchObject({ status: 'local' });
    strait.open(true);
    await alice.client.waitForStatus(id, 'delivered');
    expect(statuses).toEqual(['delivered']);
  });

  it('that are larger than what one packet carries go to archives alone', async () => {
    const { strait, alice, bob } = await acquainted();
    strait.open(true);
    const { crates } = await alice.delivered(bob, 'kelp '.repeat(20_000));
    expect(crates[0]).not.toHaveProperty('direct');
    expect(strait.crates).toEqual([]);
    expect((await alice.delivered(bob, 'short')).status).toBe('delivered');
    expect(strait.crates).toHaveLength(1);
  });
});

describe('what an inbox announces', () => {
  it('is pairwise mailboxes only, as long as it is collected', async () => {
    const { bob, alice } = await acquainted();
    await untilTurns(() => bob.end.announced.length > 0 && alice.end.announced.length > 0);
    const { mailbox } = await bob.client.openMailbox();
    expect(bob.end.announced).toHaveLength(1);
    expect(bob.end.announced).not.toContain(mailbox);
    await bob.leave();
    expect(bob.end.announced).toEqual([]);
  });

  it('is the public mailbox too when that is asked for, and nothing when that is', async () => {
    const { alice, bob } = await acquainted();
    const { mailbox } = await bob.client.openMailbox();
    await bob.leave();
    await bob.arrive();
    bob.read({ announce: 'all' });
    await untilTurns(() => bob.end.announced.length === 2);
    expect(bob.end.announced[0]).toBe(mailbox);
    await bob.leave();
    await bob.arrive();
    bob.read({ announce: 'none' });
    const { id } = await alice.client.send({ to: bob.author, text: 'over the archive' });
    await alice.client.waitForStatus(id, 'delivered');
    expect(bob.end.announced).toEqual([]);
    await expect(bob.client.inbox(() => undefined, { announce: 'some' as never })).rejects.toMatchObject({
      code: 'settings-invalid',
    });
  });
});

/** For what neither an archive nor a client tells of. */
async function untilTurns(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => void setImmediate(resolve));
}
