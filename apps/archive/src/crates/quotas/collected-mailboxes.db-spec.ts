import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hourNow, sampleCrate, sampleCrates, sampleMailbox } from '../../../test/crate-samples.js';
import { openSpecDatabase, silentLog, type SpecDatabase } from '../../../test/database-for-spec.js';
import { archiveLimits } from '../../limits.js';
import { CrateRepository } from '../crate.repository.js';
import { CollectedMailboxes } from './collected-mailboxes.js';

const now = Date.now();
const longAgo = now - archiveLimits.collectedMsMax - 1;

let spec: SpecDatabase;
let crates: CrateRepository;
let mailboxes: CollectedMailboxes;
beforeAll(async () => {
  spec = await openSpecDatabase();
  crates = new CrateRepository(spec.database);
});
afterAll(() => spec.drop());
beforeEach(async () => {
  await spec.database.query('truncate mailbox_usage, crate cascade');
  mailboxes = new CollectedMailboxes(spec.database, silentLog);
});

const newMailbox = async () => (await sampleMailbox()).publicKey;

async function rows(): Promise<string[]> {
  const found = await spec.database.query<{ mailbox: Buffer }>('select mailbox from mailbox_usage');
  return found.rows.map(({ mailbox }) => mailbox.toString('base64url'));
}

/** How many of ten crates a mailbox takes when an ordinary one takes three, and a pairwise one five. */
async function taken(mailbox: string): Promise<number> {
  const arrivals = await crates.deposit(
    await sampleCrates(mailbox, 10),
    { crates: 3, bytes: 1e9 },
    { crates: 5, bytes: 1e9, since: new Date(now - archiveLimits.collectedMsMax) },
  );
  return arrivals.filter(({ kind }) => kind === 'stored').length;
}

describe('what may wait in a mailbox', () => {
  it('is more when its owner collects here and it is on no card', async () => {
    const [pairwise, open, unknown] = [await newMailbox(), await newMailbox(), await newMailbox()];
    await mailboxes.collected(pairwise, 'pairwise', now);
    await mailboxes.collected(open, 'public', now);
    expect([await taken(pairwise), await taken(open), await taken(unknown)]).toEqual([5, 3, 3]);
  });

  it('is less again when its owner has not come for long, and nothing that was promised is dropped', async () => {
    const mailbox = await newMailbox();
    await mailboxes.collected(mailbox, 'pairwise', now);
    expect(await taken(mailbox)).toBe(5);
    await spec.database.query('update mailbox_usage set collected_at = $1', [new Date(longAgo)]);
    await mailboxes.sweep(now);
    expect(await taken(mailbox)).toBe(0);
    expect(await crates.total()).toMatchObject({ crates: 5 });
  });

  it('follows the mailbox from one kind to the other, both ways', async () => {
    const mailbox = await newMailbox();
    await mailboxes.collected(mailbox, 'pairwise', now);
    await mailboxes.collected(mailbox, 'public', now + 1);
    expect(await taken(mailbox)).toBe(3);
    await mailboxes.collected(mailbox, 'pairwise', now + 2);
    expect(await taken(mailbox)).toBe(2);
  });

  it('names what is used up: crates or bytes', async () => {
    const mailbox = await newMailbox();
    const [first, second] = await sampleCrates(mailbox, 2);
    expect(await crates.deposit([first!, second!], { crates: 1, bytes: 1e9 })).toEqual([
      { kind: 'stored', seq: expect.any(String) },
      { kind: 'full', quota: 'mailbox-crates' },
    ]);
    expect(await crates.deposit([second!], { crates: 9, bytes: 4096 })).toEqual([
      { kind: 'full', quota: 'mailbox-bytes' },
    ]);
  });
});

describe('a mailbox that is collected', () => {
  it('is remembered when it is empty and its last tombstone is gone', async () => {
    const [collected, other] = [await newMailbox(), await newMailbox()];
    await mailboxes.collected(collected, 'pairwise', now);
    const samples = [await sampleCrate(collected), await sampleCrate(other)];
    await crates.deposit(samples, { crates: 9, bytes: 1e9 });
    for (const { id, ackSecret } of samples) {
      await crates.depart([{ id, state: 'delivered', proof: ackSecret }], hourNow());
    }
    await crates.removeTombstones(samples[0]!.expiryHour);
    expect(await rows()).toEqual([collected]);
  });

  it('is forgotten when its owner has been away for long, but not while crates wait in it', async () => {
    const [empty, waiting, recent] = [await newMailbox(), await newMailbox(), await newMailbox()];
    await mailboxes.collected(empty, 'pairwise', longAgo);
    await mailboxes.collected(waiting, 'pairwise', longAgo);
    await mailboxes.collected(recent, 'pairwise', now);
    await crates.deposit([await sampleCrate(waiting)], { crates: 9, bytes: 1e9 });
    await mailboxes.sweep(now);
    expect((await rows()).sort()).toEqual([waiting, recent].sort());
    expect(mailboxes.count).toBe(1);
  });

  it('is written down once in a while only', async () => {
    const mailbox = await newMailbox();
    const written = async () =>
      (await spec.database.query<{ xmin: string }>('select xmin::text from mailbox_usage')).rows[0]!.xmin;
    await mailboxes.collected(mailbox, 'pairwise', now);
    const first = await written();
    await mailboxes.collected(mailbox, 'pairwise', now + archiveLimits.collectedNotedMs);
    expect(await written()).toBe(first);
    await mailboxes.collected(mailbox, 'pairwise', now + archiveLimits.collectedNotedMs + 1);
    expect(await written()).not.toBe(first);
  });

  it('takes the place of the one whose owner has been away for longest when there are too many', async () => {
    const few = new CollectedMailboxes(spec.database, silentLog, { collectedMailboxesMax: 10 });
    const ten: string[] = [];
    for (let i = 0; i < 10; i++) {
      ten.push(await newMailbox());
      await few.collected(ten[i]!, 'pairwise', now - 100 + i);
    }
    const late = await newMailbox();
    await few.collected(late, 'pairwise', now);
    expect(await rows()).not.toContain(late);
    // One that is known is noted although there is no room for others.
    await few.collected(ten[0]!, 'public', now);
    await few.sweep(now);
    await few.collected(late, 'pairwise', now);
    expect((await rows()).sort()).toEqual([ten[0]!, ...ten.slice(2), late].sort());
  });
});
