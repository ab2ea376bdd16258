import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hourNow, sampleCrates, sampleMailbox } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { archiveLimits } from '../limits.js';
import { DataDisk } from '../platform/postgres/data-disk.js';

describe('an archive that is full', () => {
  let services: CrateServices;
  beforeAll(async () => {
    services = await openCrateServices({ HOLDFAST_CRATES_BYTES_MAX: String(2 * 4096) });
  });
  afterAll(() => services.close());

  it('refuses what is new before it promises anything, and still answers for what it holds', async () => {
    const { repository, space, deposits } = services;
    const crates = await sampleCrates((await sampleMailbox()).publicKey, 3);
    const deposit = (index: number) => deposits.deposit(crates[index]!.envelope);
    expect(await deposit(0)).toMatchObject({ created: true });
    const [again, ...raced] = await Promise.allSettled([deposit(0), deposit(1), deposit(2)]);
    expect(again).toMatchObject({ value: { created: false } });
    // There is room for one of the two, and either may be first.
    const late = raced[0].status === 'rejected' ? 1 : 2;
    expect(raced[late - 1]).toMatchObject({ reason: { code: 'quota-exceeded' } });
    expect(raced[2 - late]).toMatchObject({ value: { created: true } });
    await space.count();
    await expect(deposit(late)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await repository.depart([{ id: crates[0]!.id, state: 'discarded', proof: null }], hourNow());
    await space.count();
    expect(await deposit(late)).toMatchObject({ created: true });
  });
});

const refusalOf = (deposit: Promise<unknown>) =>
  deposit.then(
    () => undefined,
    (error: { code: string; data: { quota?: string; until?: number } }) => ({
      code: error.code,
      ...error.data,
    }),
  );

describe('a refusal for want of room', () => {
  it('names the full archive, and the first expiry of what waits', async () => {
    const services = await openCrateServices({ HOLDFAST_CRATES_BYTES_MAX: '8192' });
    const mailbox = (await sampleMailbox()).publicKey;
    const [hour, crates] = [hourNow(), await sampleCrates(mailbox, 2)];
    const [soon] = await sampleCrates(mailbox, 1, { expiryHour: hour + 3 });
    await services.deposits.deposit(soon!.envelope);
    await services.deposits.deposit(crates[0]!.envelope);
    expect(await refusalOf(services.deposits.deposit(crates[1]!.envelope))).toEqual({
      code: 'quota-exceeded',
      quota: 'archive-bytes',
      until: (hour + 3) * 3600,
    });
    await services.close();
  });

  it('names the full mailbox, and the first expiry of what waits there', async () => {
    const services = await openCrateServices();
    const mailbox = (await sampleMailbox()).publicKey;
    const [late, last] = await sampleCrates(mailbox, 2);
    const [elsewhere] = await sampleCrates((await sampleMailbox()).publicKey, 1, {
      expiryHour: hourNow() + 2,
    });
    await services.deposits.deposit(elsewhere!.envelope);
    await services.deposits.deposit(late!.envelope);
    await services.spec.database.query('update mailbox_usage set crates = $1', [
      archiveLimits.ordinaryMailboxCratesMax,
    ]);
    expect(await refusalOf(services.deposits.deposit(last!.envelope))).toEqual({
      code: 'quota-exceeded',
      quota: 'mailbox-crates',
      until: late!.expiryHour * 3600,
    });
    await services.close();
  });

  it('names the disk when its reserve would be touched, before anything is promised', async () => {
    let free = 1e9;
    const init = { folder: '/', reserveBytes: 1e6, freshMs: 0, freeBytesOf: async () => free };
    const services = await openCrateServices({}, new DataDisk(init));
    const [held, refused] = await sampleCrates((await sampleMailbox()).publicKey, 2);
    await services.deposits.deposit(held!.envelope);
    free = 1e6 + 4096;
    const before = Date.now() / 1000;
    const refusal = await refusalOf(services.deposits.deposit(refused!.envelope));
    expect(refusal).toMatchObject({ code: 'quota-exceeded', quota: 'archive-disk' });
    expect(refusal!.until).toBeGreaterThan(before);
    expect(await services.status(refused!.id)).toBe('unknown');
    expect(await services.deposits.deposit(held!.envelope)).toMatchObject({ created: false });
    await services.close();
  });

  it('names what the depositor has used up, and lets others deposit', async () => {
    const services = await openCrateServices({ HOLDFAST_DEPOSITS_PER_MINUTE: '1' });
    const crates = await sampleCrates((await sampleMailbox()).publicKey, 7);
    const refused: string[] = [];
    services.events.onRefusal((quota) => refused.push(quota));
    const kelp = { kind: 'network', id: 'kelp' } as const;
    for (const { envelope } of crates.slice(0, 5)) await services.deposits.deposit(envelope, kelp);
    expect(await refusalOf(services.deposits.deposit(crates[5]!.envelope, kelp))).toMatchObject({
      code: 'quota-exceeded',
      quota: 'depositor-crates',
    });
    expect(refused).toEqual(['depositor-crates']);
    await services.deposits.deposit(crates[6]!.envelope, { kind: 'network', id: 'tide' });
    await services.close();
  });
});

describe('what was promised', () => {
  it('is there until it leaves on a proof or expires, whatever is full afterwards', async () => {
    let free = 1e9;
    const init = { folder: '/', reserveBytes: 1e6, freshMs: 0, freeBytesOf: async () => free };
    const services = await openCrateServices({ HOLDFAST_CRATES_BYTES_MAX: '40960' }, new DataDisk(init));
    const { deposits, repository, space, spec } = services;
    const mailbox = (await sampleMailbox()).publicKey;
    const promised = await sampleCrates(mailbox, 10);
    for (const { envelope } of promised) await deposits.deposit(envelope);
    const flood = await sampleCrates(mailbox, 20);
    const floods = async () => {
      const results = await Promise.allSettled(flood.map(({ envelope }) => deposits.deposit(envelope)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    };
    await floods();
    free = 0;
    await floods();
    await spec.database.query('update mailbox_usage set crates = $1', [archiveLimits.mailboxCratesMax]);
    await space.count();
    await floods();
    await repository.expire(hourNow());
    await repository.removeTombstones(hourNow());
    const { rows } = await spec.database.query<{ envelope: Buffer }>(
      `select envelope from crate where state = 'accepted' order by seq`,
    );
    const isWhole = promised.map(({ envelope }, index) => rows[index]?.envelope.equals(envelope));
    expect([rows.length, isWhole]).toEqual([10, promised.map(() => true)]);
    await services.close();
  });
});
