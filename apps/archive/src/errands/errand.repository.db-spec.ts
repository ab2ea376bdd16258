import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sampleCrates, sampleMailbox, text, type SampleCrate } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { archiveLimits } from '../limits.js';
import { ErrandRepository } from './errand.repository.js';

let { spec, deposits, departures, close } = {} as CrateServices;
let errands: ErrandRepository;
beforeAll(async () => {
  ({ spec, deposits, departures, close } = await openCrateServices());
  errands = new ErrandRepository(spec.database);
});
afterAll(() => close());

const archive = text(new Uint8Array(32).fill(7));
const soon = () => Date.now() + 60_000;
let count = 0;

/** Crates that are to be brought to one archive of their own. */
async function bringing(howMany: number): Promise<{ url: string; crates: SampleCrate[] }> {
  const url = `https://target${++count}.example`;
  const crates = await sampleCrates((await sampleMailbox()).publicKey, howMany);
  for (const { envelope } of crates) await deposits.deposit(envelope, undefined, { bring: [url] });
  return { url, crates };
}

const later = { code: 'archive-unreachable', nextAttemptAt: soon() + 60_000 };

describe('errands', () => {
  it('are due until they are done, and name the archives where they are', async () => {
    const { url, crates } = await bringing(2);
    expect(await errands.targetsDue(Date.now())).toContain(url);
    const due = await errands.due(url, Date.now());
    expect(new Set(due.map(({ crate }) => crate.id))).toEqual(new Set(crates.map(({ id }) => id)));
    expect(due[0]).toMatchObject({ task: 'bring', attempts: 0, state: 'accepted', others: [] });
    await errands.settle(
      url,
      due.map((errand) => ({ errand, archive, custody: 'a receipt' })),
    );
    expect(await errands.due(url, soon())).toEqual([]);
    expect(await errands.targetsDue(soon())).not.toContain(url);
  });

  it('that failed are due at their next attempt, or as soon as the archive is heard of', async () => {
    const { url } = await bringing(1);
    const [errand] = await errands.due(url, Date.now());
    await errands.settle(url, [{ errand: errand!, ...later }]);
    expect(await errands.due(url, Date.now())).toEqual([]);
    expect(await errands.later(Date.now())).toContainEqual({
      crate: errand!.crate.id,
      url,
      at: later.nextAttemptAt,
    });
    expect(await errands.due(url, later.nextAttemptAt)).toMatchObject([{ attempts: 1 }]);
    expect(await errands.hurry(url, Date.now())).toBe(1);
    expect(await errands.due(url, Date.now())).toMatchObject([{ attempts: 0 }]);
    expect(await errands.hurry(url, Date.now())).toBe(0);
  });

  it('for which there is no room are not hurried by that', async () => {
    const { url } = await bringing(1);
    const [errand] = await errands.due(url, Date.now());
    await errands.settle(url, [{ errand: errand!, ...later, code: 'quota-exceeded' }]);
    expect(await errands.hurry(url, Date.now())).toBe(0);
  });

  it('to tell that a crate has left are not lost when it was being brought at that moment', async () => {
    const { url, crates } = await bringing(1);
    const [errand] = await errands.due(url, Date.now());
    await departures.depart({ crate: crates[0]!.id, way: 'ack', proof: crates[0]!.ackSecret });
    await errands.settle(url, [{ errand: errand!, archive, custody: 'a receipt' }]);
    const [telling] = await errands.due(url, soon());
    expect(telling).toMatchObject({ task: 'tell', state: 'delivered' });
    expect(text(new Uint8Array(telling!.proof!))).toBe(text(crates[0]!.ackSecret));
    await errands.settle(url, [{ errand: errand!, ...later }]);
    expect(await errands.due(url, soon())).toMatchObject([{ task: 'tell', attempts: 0 }]);
  });

  it('have the envelopes of those crates that still wait', async () => {
    const { crates } = await bringing(2);
    await departures.depart({ crate: crates[0]!.id, way: 'recall', proof: crates[0]!.recallSecret });
    const found = await errands.envelopes(crates.map(({ id }) => id));
    expect([...found.keys()]).toEqual([crates[1]!.id]);
    expect(found.get(crates[1]!.id)!.equals(crates[1]!.envelope)).toBe(true);
  });

  it('come in batches, and their targets are found without reading all of them', async () => {
    const { url, crates } = await bringing(1);
    await spec.database.query(
      `insert into crate_holder (crate, url, task, next_attempt_at)
       select $1, 'https://many.example/' || i, 'bring', now() from generate_series(1, 300) as i`,
      [Buffer.from(crates[0]!.id, 'base64url')],
    );
    expect((await errands.targetsDue(soon())).length).toBeGreaterThanOrEqual(301);
    expect((await errands.due(url, soon())).length).toBeLessThanOrEqual(archiveLimits.errandBatchMax);
  });
});
