import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer, AnswerOf } from '@holdfast/protocol';
import { sampleCrate, sampleCrates, sampleMailbox } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { silentLog } from '../../test/database-for-spec.js';
import { CrateRepository } from '../crates/crate.repository.js';
import type { Connection } from '../gateway/operations.js';
import { MemoryWakeQueue } from '../platform/queue/memory-wake-queue.js';
import { DeliveryService } from './delivery.service.js';
import { WaitingCratesRepository } from './waiting-crates.repository.js';

/** A connection in memory, whose other side reads everything at once. */
class OwnerConnection implements Connection {
  readonly id = 'owner';
  readonly challenge = 'unused';
  readonly network = '127.0.0.1';
  readonly isDrained = true;
  private readonly controller = new AbortController();
  readonly closed = this.controller.signal;
  readonly answers: Answer[] = [];
  private changed = (): void => {};
  private readonly streams: (() => void)[] = [];

  send(answer: Answer): void {
    this.answers.push(answer);
    this.changed();
  }

  offer(): boolean {
    return false;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  open(_n: number, stream: { cancel(): void }): void {
    this.streams.push(() => stream.cancel());
  }

  close(): void {
    this.controller.abort();
    for (const cancel of this.streams.splice(0)) cancel();
  }

  get crates(): string[] {
    return this.answers
      .filter((answer): answer is AnswerOf<'crate'> => answer.op === 'crate')
      .map(({ crate }) => crate);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.changed = resolve));
  }
}

let { spec, deposits, departures, close } = {} as CrateServices;
let waiting: WaitingCratesRepository;
let queue: MemoryWakeQueue;
/** Of another process on the same database. */
let elsewhere: CrateRepository;
let deliveries: DeliveryService;
let mailbox: string;
let owner: OwnerConnection;

beforeAll(async () => {
  const services = await openCrateServices();
  ({ spec, deposits, departures, close } = services);
  elsewhere = new CrateRepository(spec.database);
  waiting = new WaitingCratesRepository(spec.database);
  queue = new MemoryWakeQueue((error) => {
    throw error;
  });
  queue.handle('expire-crates', async () => {});
  queue.handle('run-errand', async () => {});
  deliveries = new DeliveryService(waiting, services.events, queue, silentLog, { deliveryNotedMs: 1 });
  deliveries.onModuleInit();
  // Sweeps happen when a test says so.
  deliveries.onModuleDestroy();
  await queue.start();
});

afterAll(async () => {
  await queue.stop();
  await close();
});

beforeEach(async () => {
  mailbox = (await sampleMailbox()).publicKey;
  owner = new OwnerConnection();
});

/** The attempts of all crates of the mailbox are due now. */
async function makeDue(count: number): Promise<void> {
  const statement = `update crate set next_attempt_at = now() - interval '1 second'
    where mailbox = $1 and next_attempt_at is not null`;
  for (let made = 0; made < count;) {
    made = (await spec.database.query(statement, [Buffer.from(mailbox, 'base64url')])).rowCount!;
  }
}

describe('a mailbox whose owner is connected', () => {
  it('first says how many crates wait, then hands them over', async () => {
    const crates = await sampleCrates(mailbox, 3);
    for (const { envelope } of crates) await deposits.deposit(envelope);
    await deliveries.collect(mailbox, 7, owner);
    await owner.until(() => owner.crates.length === 3);
    expect(owner.answers[0]).toEqual({ op: 'collecting', n: 7, waiting: 3 });
    expect(owner.crates).toEqual(crates.map(({ id }) => id));
    owner.close();
  });

  it('gets what nobody answered again when the queue wakes it', async () => {
    await deliveries.collect(mailbox, 1, owner);
    const crate = await sampleCrate(mailbox);
    await deposits.deposit(crate.envelope);
    await owner.until(() => owner.crates.length === 1);
    await makeDue(1);
    await queue.wake('deliver-mailbox', mailbox, Date.now());
    await owner.until(() => owner.crates.length === 2);
    expect(owner.crates).toEqual([crate.id, crate.id]);
    owner.close();
  });

  it('gets it again from a sweep when the queue has forgotten', async () => {
    await deliveries.collect(mailbox, 1, owner);
    const crate = await sampleCrate(mailbox);
    await deposits.deposit(crate.envelope);
    await owner.until(() => owner.crates.length === 1);
    await makeDue(1);
    await deliveries.sweep();
    await owner.until(() => owner.crates.length === 2);
    owner.close();
  });

  it('gets from a sweep what another process has taken in', async () => {
    await deliveries.collect(mailbox, 1, owner);
    const crate = await sampleCrate(mailbox);
    await elsewhere.deposit([crate], { crates: 10, bytes: 1e9 });
    await deliveries.sweep();
    await owner.until(() => owner.crates.length === 1);
    expect(owner.crates).toEqual([crate.id]);
    owner.close();
  });

  it('gets a crate that is deposited again because nobody saw its commit', async () => {
    await deliveries.collect(mailbox, 1, owner);
    const crate = await sampleCrate(mailbox);
    await elsewhere.deposit([crate], { crates: 10, bytes: 1e9 });
    await deposits.deposit(crate.envelope);
    await owner.until(() => owner.crates.length === 1);
    owner.close();
  });

  it('does not get again what it has answered', async () => {
    await deliveries.collect(mailbox, 1, owner);
    const [first, second] = await sampleCrates(mailbox, 2);
    await deposits.deposit(first!.envelope);
    await deposits.deposit(second!.envelope);
    await owner.until(() => owner.crates.length === 2);
    await departures.depart({ crate: first!.id, way: 'ack', proof: first!.ackSecret });
    await makeDue(1);
    await deliveries.sweep();
    await owner.until(() => owner.crates.length === 3);
    expect(owner.crates[2]).toBe(second!.id);
    owner.close();
  });

  it('starts over when the owner comes again', async () => {
    const crate = await sampleCrate(mailbox);
    await deposits.deposit(crate.envelope);
    await deliveries.collect(mailbox, 1, owner);
    await owner.until(() => owner.crates.length === 1);
    owner.close();
    const again = new OwnerConnection();
    await deliveries.collect(mailbox, 1, again);
    await again.until(() => again.crates.length === 1);
    expect(again.crates).toEqual([crate.id]);
    expect(owner.crates).toHaveLength(1);
    again.close();
  });

  it('rests in the table once its owner has gone', async () => {
    await deliveries.collect(mailbox, 1, owner);
    await deposits.deposit((await sampleCrate(mailbox)).envelope);
    await owner.until(() => owner.crates.length === 1);
    await makeDue(1);
    owner.close();
    expect(await waiting.mailboxesDue(Date.now())).toContain(mailbox);
    await deliveries.sweep();
    expect(await waiting.mailboxesDue(Date.now())).not.toContain(mailbox);
  });

  it('hands nothing to a collect that was cancelled before it began', async () => {
    await deposits.deposit((await sampleCrate(mailbox)).envelope);
    const collecting = deliveries.collect(mailbox, 1, owner);
    owner.close();
    await collecting;
    expect(owner.answers).toEqual([]);
  });
});
