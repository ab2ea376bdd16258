import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  hourNow,
  sampleCrate,
  sampleCrates,
  sampleMailbox,
  type SampleCrate,
} from '../../test/crate-samples.js';
import { openSpecDatabase, type SpecDatabase } from '../../test/database-for-spec.js';
import type { WayOut } from './crate.js';
import { CrateRepository } from './crate.repository.js';

const plenty = { crates: 1000, bytes: 1e9 };

let spec: SpecDatabase;
let crates: CrateRepository;
beforeAll(async () => {
  spec = await openSpecDatabase();
  crates = new CrateRepository(spec.database);
});
afterAll(() => spec.drop());

const newMailbox = async () => (await sampleMailbox()).publicKey;

async function usageOf(mailbox: string): Promise<{ crates: number; bytes: number }> {
  const { rows } = await spec.database.query<{ crates: number; bytes: string }>(
    'select crates, bytes from mailbox_usage where mailbox = $1',
    [Buffer.from(mailbox, 'base64url')],
  );
  return rows[0] === undefined
    ? { crates: 0, bytes: 0 }
    : { crates: rows[0].crates, bytes: Number(rows[0].bytes) };
}

async function recount(mailbox: string): Promise<{ crates: number; bytes: number }> {
  const { rows } = await spec.database.query<{ crates: number; bytes: number }>(
    `select count(*)::int as crates, coalesce(sum(size_bytes), 0)::int as bytes from crate
     where mailbox = $1 and state = 'accepted'`,
    [Buffer.from(mailbox, 'base64url')],
  );
  return rows[0]!;
}

async function rowOf(id: string): Promise<{ state: string; envelope: Buffer | null; proof: Buffer | null }> {
  const { rows } = await spec.database.query<{
    state: string;
    envelope: Buffer | null;
    proof: Buffer | null;
  }>('select state, envelope, proof from crate where id = $1', [Buffer.from(id, 'base64url')]);
  return rows[0]!;
}

const leave = (crate: SampleCrate, state: WayOut) =>
  crates
    .depart([{ id: crate.id, state, proof: state === 'delivered' ? crate.ackSecret : null }], hourNow())
    .then(({ left }) => left);

describe('depositing', () => {
  it('keeps every byte of crates of different sizes that arrive together', async () => {
    const mailbox = await newMailbox();
    const samples = await Promise.all(
      [4096, 16384, 65536, 262144, 1048576].map((sizeBytes) => sampleCrate(mailbox, { sizeBytes })),
    );
    const arrivals = await crates.deposit(samples, plenty);
    expect(arrivals.map(({ kind }) => kind)).toEqual(samples.map(() => 'stored'));
    for (const { id, envelope } of samples) {
      expect((await rowOf(id)).envelope!.equals(envelope)).toBe(true);
    }
    expect(await usageOf(mailbox)).toEqual(await recount(mailbox));
  });

  it('knows a crate again, and counts it once', async () => {
    const mailbox = await newMailbox();
    const [first, second] = await sampleCrates(mailbox, 2);
    await crates.deposit([first!], plenty);
    expect(await crates.deposit([first!, second!], plenty)).toEqual([
      { kind: 'held', state: 'accepted' },
      { kind: 'stored', seq: expect.any(String) },
    ]);
    expect(await usageOf(mailbox)).toEqual({ crates: 2, bytes: 2 * 4096 });
  });

  it('gives the crates of a mailbox their places in the order of arrival', async () => {
    const mailbox = await newMailbox();
    const samples = await sampleCrates(mailbox, 20);
    await crates.deposit(samples.slice(0, 10), plenty);
    await crates.deposit(samples.slice(10), plenty);
    const { rows } = await spec.database.query<{ id: Buffer }>(
      'select id from crate where mailbox = $1 order by seq',
      [Buffer.from(mailbox, 'base64url')],
    );
    expect(rows.map(({ id }) => id.toString('base64url'))).toEqual(samples.map(({ id }) => id));
  });

  it('refuses what does not fit, and takes what does, also from the same batch', async () => {
    const [mailbox, other] = [await newMailbox(), await newMailbox()];
    const samples = await sampleCrates(mailbox, 5);
    const elsewhere = await sampleCrate(other);
    const arrivals = await crates.deposit([...samples, elsewhere], { crates: 3, bytes: 1e9 });
    expect(arrivals.map(({ kind }) => kind)).toEqual([
      'stored',
      'stored',
      'stored',
      'full',
      'full',
      'stored',
    ]);
    expect(await usageOf(mailbox)).toEqual({ crates: 3, bytes: 3 * 4096 });
  });

  it('counts bytes too, and lets a small crate in where a large one has no room', async () => {
    const mailbox = await newMailbox();
    const large = await sampleCrate(mailbox, { sizeBytes: 16384 });
    const small = await sampleCrate(mailbox);
    const arrivals = await crates.deposit([large, small], { crates: 10, bytes: 8192 });
    expect(arrivals.map(({ kind }) => kind)).toEqual(['full', 'stored']);
  });

  it('answers a crate that is held although its mailbox is full', async () => {
    const mailbox = await newMailbox();
    const [first, second] = await sampleCrates(mailbox, 2);
    await crates.deposit([first!], { crates: 1, bytes: 1e9 });
    expect(await crates.deposit([first!, second!], { crates: 1, bytes: 1e9 })).toEqual([
      { kind: 'held', state: 'accepted' },
      { kind: 'full', quota: 'mailbox-crates' },
    ]);
  });

  it('has room again for as much as has left', async () => {
    const mailbox = await newMailbox();
    const [first, second] = await sampleCrates(mailbox, 2);
    const quota = { crates: 1, bytes: 1e9 };
    await crates.deposit([first!], quota);
    await leave(first!, 'discarded');
    expect(await crates.deposit([second!], quota)).toEqual([{ kind: 'stored', seq: expect.any(String) }]);
  });

  it('never passes a quota, however many deposits run at once', async () => {
    const mailboxes = await Promise.all([newMailbox(), newMailbox(), newMailbox()]);
    const samples = (await Promise.all(mailboxes.map((mailbox) => sampleCrates(mailbox, 40)))).flat();
    const batches = Array.from({ length: 12 }, (_, i) => samples.filter((__, index) => index % 12 === i));
    const arrivals = (
      await Promise.all(batches.map((batch) => crates.deposit(batch, { crates: 17, bytes: 1e9 })))
    ).flat();
    expect(arrivals.filter(({ kind }) => kind === 'stored')).toHaveLength(3 * 17);
    for (const mailbox of mailboxes) {
      expect(await usageOf(mailbox)).toEqual({ crates: 17, bytes: 17 * 4096 });
      expect(await recount(mailbox)).toEqual({ crates: 17, bytes: 17 * 4096 });
    }
  });

  it('takes one crate in once, however many deposit it at once', async () => {
    const mailbox = await newMailbox();
    const samples = await sampleCrates(mailbox, 8);
    const orders = Array.from({ length: 8 }, (_, i) => [...samples.slice(i), ...samples.slice(0, i)]);
    const arrivals = (await Promise.all(orders.map((order) => crates.deposit(order, plenty)))).flat();
    expect(arrivals.filter(({ kind }) => kind === 'stored')).toHaveLength(8);
    expect(await usageOf(mailbox)).toEqual(await recount(mailbox));
  });
});

describe('leaving', () => {
  it('takes the envelope away, keeps the receipt, and frees the room', async () => {
    const mailbox = await newMailbox();
    const crate = await sampleCrate(mailbox);
    await crates.deposit([crate], plenty);
    expect(await leave(crate, 'delivered')).toEqual([{ id: crate.id, mailbox, state: 'delivered' }]);
    const row = await rowOf(crate.id);
    expect(row).toMatchObject({ state: 'delivered', envelope: null });
    expect(row.proof!.equals(crate.ackSecret)).toBe(true);
    expect(await usageOf(mailbox)).toEqual({ crates: 0, bytes: 0 });
  });

  it('happens once: the first way out wins, also when all are taken at the same time', async () => {
    const mailbox = await newMailbox();
    const samples = await sampleCrates(mailbox, 12);
    await crates.deposit(samples, plenty);
    const ways: WayOut[] = ['delivered', 'discarded', 'recalled'];
    const left = await Promise.all(
      ways.map((state, i) => {
        const order = [...samples.slice(i * 4), ...samples.slice(0, i * 4)];
        return crates.depart(
          order.map(({ id, ackSecret }) => ({
            id,
            state,
            proof: state === 'delivered' ? ackSecret : null,
          })),
          hourNow(),
        );
      }),
    );
    expect(left.flatMap((each) => each.left.map(({ id }) => id)).sort()).toEqual(
      samples.map(({ id }) => id).sort(),
    );
    expect(await usageOf(mailbox)).toEqual({ crates: 0, bytes: 0 });
  });

  it('is answered to whoever deposits the crate again', async () => {
    const crate = await sampleCrate(await newMailbox());
    await crates.deposit([crate], plenty);
    await leave(crate, 'recalled');
    expect(await crates.deposit([crate], plenty)).toEqual([{ kind: 'held', state: 'recalled' }]);
    expect(await rowOf(crate.id)).toMatchObject({ state: 'recalled', envelope: null });
  });
});

describe('expiring', () => {
  it('lets go what is over, keeps what is not, and forgets tombstones only later', async () => {
    const mailbox = await newMailbox();
    const hour = hourNow();
    const [old, young] = [
      await sampleCrate(mailbox, { expiryHour: hour + 1 }),
      await sampleCrate(mailbox, { expiryHour: hour + 2 }),
    ];
    await crates.deposit([old, young], plenty);
    expect(await crates.expire(hour + 1)).toEqual([{ id: old.id, mailbox, state: 'expired' }]);
    expect(await rowOf(old.id)).toMatchObject({ state: 'expired', envelope: null });
    expect(await rowOf(young.id)).toMatchObject({ state: 'accepted' });
    expect(await usageOf(mailbox)).toEqual({ crates: 1, bytes: 4096 });
    expect(await crates.removeTombstones(hour)).toBe(0);
    expect(await crates.removeTombstones(hour + 1)).toBe(1);
    expect(await crates.find([old.id])).toEqual([]);
  });

  it('forgets an empty mailbox with its last tombstone', async () => {
    const mailbox = await newMailbox();
    const crate = await sampleCrate(mailbox, { expiryHour: hourNow() + 1 });
    await crates.deposit([crate], plenty);
    await leave(crate, 'delivered');
    await crates.removeTombstones(crate.expiryHour);
    const { rows } = await spec.database.query('select 1 from mailbox_usage where mailbox = $1', [
      Buffer.from(mailbox, 'base64url'),
    ]);
    expect(rows).toEqual([]);
  });
});

describe('any order of deposits, ways out and expiry', () => {
  type Step = { readonly crate: number; readonly act: 'deposit' | WayOut | 'forget' };
  const step: fc.Arbitrary<Step> = fc.record({
    crate: fc.nat({ max: 5 }),
    act: fc.constantFrom('deposit', 'deposit', 'delivered', 'discarded', 'recalled', 'expired', 'forget'),
  });

  it('keeps the first way out, counts what waits, and brings nothing back before its tombstone is gone', async () => {
    let hour = hourNow();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
        async (groups) => {
          const mailboxes = [await newMailbox(), await newMailbox()];
          // Each run has an expiry hour of its own, so that runs do not expire each other's crates.
          hour += 10;
          const samples = await Promise.all(
            Array.from({ length: 6 }, (_, i) => sampleCrate(mailboxes[i % 2]!, { expiryHour: hour + i })),
          );
          const states = new Map<string, string>();
          for (const group of groups) {
            // The steps of a group run at the same time.
            await Promise.all(group.map((each) => take(each, samples[each.crate]!)));
            for (const { id } of samples) {
              const state = (await crates.find([id]))[0]?.state;
              const before = states.get(id);
              if (state === undefined) {
                // Only a tombstone can be forgotten, and only when that was asked for.
                if (before !== undefined) expect(group.some(({ act }) => act === 'forget')).toBe(true);
                states.delete(id);
                continue;
              }
              const forgotten = group.some(({ act }) => act === 'forget');
              if (before !== undefined && before !== 'accepted' && !forgotten) expect(state).toBe(before);
              states.set(id, state);
              expect((await rowOf(id)).envelope === null).toBe(state !== 'accepted');
            }
            for (const mailbox of mailboxes) expect(await usageOf(mailbox)).toEqual(await recount(mailbox));
          }
        },
      ),
      { numRuns: 40 },
    );

    async function take({ act }: Step, crate: SampleCrate): Promise<void> {
      if (act === 'deposit') await crates.deposit([crate], plenty);
      else if (act === 'expired') await crates.expire(crate.expiryHour);
      else if (act === 'forget') await crates.removeTombstones(crate.expiryHour);
      else await leave(crate, act);
    }
  });
});
