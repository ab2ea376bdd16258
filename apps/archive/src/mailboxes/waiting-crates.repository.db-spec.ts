import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hourNow, sampleCrate, sampleCrates, sampleMailbox } from '../../test/crate-samples.js';
import { openSpecDatabase, type SpecDatabase } from '../../test/database-for-spec.js';
import { CrateRepository } from '../crates/crate.repository.js';
import { WaitingCratesRepository, type Room } from './waiting-crates.repository.js';

const quota = { crates: 1000, bytes: 1e9 };
const wide: Room = { crates: 1000, bytes: 1e9 };

let spec: SpecDatabase;
let crates: CrateRepository;
let waiting: WaitingCratesRepository;
beforeAll(async () => {
  spec = await openSpecDatabase();
  crates = new CrateRepository(spec.database);
  waiting = new WaitingCratesRepository(spec.database);
});
afterAll(() => spec.drop());

const newMailbox = async () => (await sampleMailbox()).publicKey;
const filled = async (count: number, sizeBytes?: number) => {
  const mailbox = await newMailbox();
  const samples = await sampleCrates(mailbox, count, sizeBytes === undefined ? {} : { sizeBytes });
  await crates.deposit(samples, quota);
  return { mailbox, samples, ids: samples.map(({ id }) => id) };
};
const idsOf = (found: { readonly crates: readonly { readonly id: string }[] }) =>
  found.crates.map(({ id }) => id);

describe('what waits in a mailbox', () => {
  it('is read in the order of arrival, page after page, with its bytes', async () => {
    const { mailbox, samples, ids } = await filled(12);
    const first = await waiting.after(mailbox, '0', { crates: 3, bytes: 1e9 }, Date.now());
    expect(idsOf(first)).toEqual(ids.slice(0, 3));
    expect(first.more).toBe(true);
    expect(first.crates[0]!.envelope.equals(samples[0]!.envelope)).toBe(true);
    const rest = await waiting.after(mailbox, first.crates.at(-1)!.seq, wide, Date.now());
    expect(idsOf(rest)).toEqual(ids.slice(3));
    expect(rest.more).toBe(false);
  });

  it('is cut where the bytes end', async () => {
    const { mailbox, ids } = await filled(5, 16384);
    const found = await waiting.after(mailbox, '0', { crates: 100, bytes: 3 * 16384 + 100 }, Date.now());
    expect(idsOf(found)).toEqual(ids.slice(0, 3));
    expect(found.more).toBe(true);
    const none = await waiting.after(mailbox, '0', { crates: 100, bytes: 100 }, Date.now());
    expect(none).toEqual({ crates: [], more: true });
  });

  it('leaves out what belongs to others, has left, or has expired', async () => {
    const { mailbox, samples, ids } = await filled(3);
    await filled(2);
    await crates.depart([{ id: ids[1]!, state: 'discarded', proof: null }], hourNow());
    const soon = await sampleCrate(mailbox, { expiryHour: hourNow() + 1 });
    await crates.deposit([soon], quota);
    const inTime = await waiting.after(mailbox, '0', wide, Date.now());
    expect(idsOf(inTime)).toEqual([ids[0], ids[2], soon.id]);
    const later = await waiting.after(mailbox, '0', wide, soon.expiryHour * 3_600_000);
    expect(idsOf(later)).toEqual([samples[0]!.id, samples[2]!.id]);
    expect(await waiting.count(mailbox)).toBe(3);
  });

  it('is nothing in a mailbox that nobody has written to', async () => {
    const mailbox = await newMailbox();
    expect(await waiting.count(mailbox)).toBe(0);
    expect(await waiting.after(mailbox, '0', wide, Date.now())).toEqual({ crates: [], more: false });
  });
});

describe('attempts', () => {
  it('make a crate due at their time, for its mailbox and for the sweep', async () => {
    const { mailbox, ids } = await filled(3);
    const { crates: all } = await waiting.after(mailbox, '0', wide, Date.now());
    const last = all.at(-1)!.seq;
    const at = Date.now() + 60_000;
    await waiting.noteAttempts([{ id: ids[1]!, attempts: 1, nextAt: at }]);
    const inHand = [ids[0]!, ids[2]!];
    expect(await waiting.due(mailbox, last, wide, at - 1, inHand)).toEqual({ crates: [], more: false });
    expect(await waiting.mailboxesDue(at - 1)).not.toContain(mailbox);
    const due = await waiting.due(mailbox, last, wide, at, inHand);
    expect(due.crates).toMatchObject([{ id: ids[1], attempts: 1 }]);
    expect(await waiting.mailboxesDue(at)).toContain(mailbox);
  });

  it('that were never noted leave a crate due for whoever does not have it in hand', async () => {
    const { mailbox, ids } = await filled(3);
    const { crates: all } = await waiting.after(mailbox, '0', wide, Date.now());
    const due = await waiting.due(mailbox, all[1]!.seq, wide, Date.now(), [ids[0]!]);
    expect(idsOf(due)).toEqual([ids[1]]);
    expect(await waiting.newest([mailbox, await newMailbox()])).toEqual(new Map([[mailbox, all[2]!.seq]]));
  });

  it('start over when the owner comes', async () => {
    const { mailbox, ids } = await filled(1);
    await waiting.noteAttempts([{ id: ids[0]!, attempts: 5, nextAt: 0 }]);
    await waiting.forgetAttempts(mailbox);
    const { crates: all } = await waiting.after(mailbox, '0', wide, Date.now());
    expect(all).toMatchObject([{ id: ids[0], attempts: 0 }]);
    expect(await waiting.mailboxesDue(Date.now())).not.toContain(mailbox);
  });

  it('rest while nobody collects, but only those that are due', async () => {
    const { mailbox, ids } = await filled(2);
    const now = Date.now();
    await waiting.noteAttempts([
      { id: ids[0]!, attempts: 1, nextAt: now },
      { id: ids[1]!, attempts: 1, nextAt: now + 60_000 },
    ]);
    await waiting.restDue([mailbox], now);
    expect(await waiting.mailboxesDue(now)).not.toContain(mailbox);
    expect(await waiting.mailboxesDue(now + 60_000)).toContain(mailbox);
  });

  it('are not noted of a crate that has left', async () => {
    const { ids } = await filled(1);
    await crates.depart([{ id: ids[0]!, state: 'recalled', proof: null }], hourNow());
    await waiting.noteAttempts([{ id: ids[0]!, attempts: 1, nextAt: Date.now() }]);
    const { rows } = await spec.database.query('select attempts, next_attempt_at from crate where id = $1', [
      Buffer.from(ids[0]!, 'base64url'),
    ]);
    expect(rows).toEqual([{ attempts: 0, next_attempt_at: null }]);
  });

  it('neither wait for a commit on disk nor change how the next statement commits', async () => {
    const { mailbox } = await filled(1);
    await waiting.forgetAttempts(mailbox);
    const { rows } = await spec.database.query<{ synchronous_commit: string }>('show synchronous_commit');
    expect(rows[0]!.synchronous_commit).toBe('on');
  });
});
