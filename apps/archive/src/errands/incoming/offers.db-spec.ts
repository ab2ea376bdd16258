import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { limits, type Offer } from '@holdfast/protocol';
import {
  hourNow,
  sampleCrate,
  sampleCrates,
  sampleMailbox,
  text,
  type SampleCrate,
} from '../../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../../test/crate-services.js';
import { silentLog } from '../../../test/database-for-spec.js';
import { archiveLimits } from '../../limits.js';
import { OfferRepository } from './offer.repository.js';
import { OfferRoom } from './offer-room.js';
import { OfferService } from './offer.service.js';
import { OfferedCrates } from './offered-crates.js';
import { ToldDepartures } from './told-departures.js';

let services: CrateServices;
let noted: OfferRepository;
let offers: OfferService;
let offered: OfferedCrates;
let told: ToldDepartures;
beforeAll(async () => {
  services = await openCrateServices();
});
afterAll(() => services.close());
beforeEach(async () => {
  const { spec, holders, departures, earlyNews, address } = services;
  await spec.database.query('delete from crate_offer');
  noted = new OfferRepository(spec.database);
  const room = new OfferRoom(noted);
  offers = new OfferService(noted, room, holders, address);
  offered = new OfferedCrates(noted, room, holders, departures, earlyNews, address, silentLog);
  told = new ToldDepartures(departures, holders, noted, room);
  await offered.onModuleInit();
  offered.onModuleDestroy();
});

const archiveOf = (byte: number) => text(new Uint8Array(32).fill(byte));
const asking = { archive: archiveOf(7), url: 'https://offers.example' };
const hourMs = 3_600_000;
const sampleFor = async (): Promise<SampleCrate> => sampleCrate((await sampleMailbox()).publicKey);
const offerOf = ({ id, envelope, expiryHour }: SampleCrate, holders: string[] = []): Offer => ({
  crate: id,
  sizeBytes: envelope.length,
  expiryHour,
  holders,
});
const ackOf = ({ id, ackSecret }: SampleCrate) => ({
  crate: id,
  way: 'ack' as const,
  proof: text(ackSecret),
});
const count = async () => (await noted.totals()).offers + (await noted.totals()).early;
const holdersOf = async ({ id }: SampleCrate) =>
  (
    await services.spec.database.query<{ url: string; archive: Buffer | null }>(
      'select url, archive from crate_holder where crate = $1 order by url',
      [Buffer.from(id, 'base64url')],
    )
  ).rows;

describe('a crate that was offered', () => {
  it('has those who offered it and whom they named for holders when it comes, and the offer is over', async () => {
    const crate = await sampleFor();
    await offers.answer(
      asking,
      [offerOf(crate, ['https://third.example', 'https://archive.example'])],
      Date.now(),
    );
    await services.deposits.deposit(crate.envelope);
    expect(await holdersOf(crate)).toEqual([
      { url: asking.url, archive: Buffer.alloc(32, 7) },
      { url: 'https://third.example', archive: null },
    ]);
    expect(await count()).toBe(0);
  });

  it('is refused where it could not be deposited', async () => {
    const mailbox = (await sampleMailbox()).publicKey;
    const over = offerOf(await sampleCrate(mailbox, { expiryHour: hourNow() - 1 }));
    const far = offerOf(await sampleCrate(mailbox, { expiryHour: hourNow() + 31 * 24 }));
    expect(await offers.answer(asking, [over, far], Date.now())).toMatchObject([
      { status: 'expired' },
      { status: 'refused', code: 'crate-expiry-too-far' },
    ]);
    expect(await count()).toBe(0);
  });

  it('is waited for for some hours; with a proof, until no clock would let it come', async () => {
    const [plain, proven] = await sampleCrates((await sampleMailbox()).publicKey, 2);
    await offers.answer(asking, [offerOf(plain!), offerOf(proven!)], Date.now());
    expect(await told.hear(asking, [ackOf(proven!)])).toEqual([{ crate: proven!.id, status: 'noted' }]);
    await offered.sweep(Date.now() + (archiveLimits.offerHoursMax - 1) * hourMs);
    expect(await noted.totals()).toEqual({ offers: 1, early: 1 });
    await offered.sweep(Date.now() + (archiveLimits.offerHoursMax + 1) * hourMs);
    expect(await noted.totals()).toEqual({ offers: 0, early: 1 });
    const end = proven!.expiryHour * hourMs + limits.clockSkewSecondsMax * 1000;
    await offered.sweep(end - 1);
    expect(await count()).toBe(1);
    await offered.sweep(end);
    expect(await count()).toBe(0);
  });

  it('keeps its proof when it is offered again', async () => {
    const crate = await sampleFor();
    await offers.answer(asking, [offerOf(crate)], Date.now());
    await told.hear(asking, [ackOf(crate)]);
    await offers.answer(asking, [offerOf(crate)], Date.now());
    await expect(services.deposits.deposit(crate.envelope)).rejects.toMatchObject({ code: 'crate-gone' });
  });

  it('is let go by the sweep when the archive ended before the news of it were heard', async () => {
    const crate = await sampleFor();
    await offers.answer(asking, [offerOf(crate, ['https://third.example'])], Date.now());
    await told.hear(asking, [ackOf(crate)]);
    services.earlyNews.keptBy(async () => new Map());
    await services.deposits.deposit(crate.envelope);
    expect(await services.status(crate.id)).toBe('accepted');
    await offered.sweep(Date.now());
    expect(await services.status(crate.id)).toBe('delivered');
    expect(await count()).toBe(0);
  });

  it('is let go, and not promised once more, when it is deposited again after such an end', async () => {
    const crate = await sampleFor();
    await offers.answer(asking, [offerOf(crate)], Date.now());
    await told.hear(asking, [ackOf(crate)]);
    services.earlyNews.keptBy(async () => new Map());
    await services.deposits.deposit(crate.envelope);
    await offered.onModuleInit();
    offered.onModuleDestroy();
    await expect(services.deposits.deposit(crate.envelope)).rejects.toMatchObject({ code: 'crate-gone' });
  });
});

describe('a crate that very many archives have offered', () => {
  const many = archiveLimits.offersPerCrateMax;
  const sybil = (i: number) => ({ archive: archiveOf(10 + i), url: `https://sybil${i}.example` });

  async function crowd(crate: SampleCrate): Promise<void> {
    for (let i = 0; i < many + 5; i++) {
      const answers = await offers.answer(sybil(i), [offerOf(crate)], Date.now());
      expect(answers).toEqual([{ crate: crate.id, status: 'wanted' }]);
    }
  }

  it('is wanted from each of them, and is noted for as many as there may be holders', async () => {
    const crate = await sampleFor();
    await crowd(crate);
    expect(await noted.totals()).toEqual({ offers: many, early: 0 });
    await offers.answer(sybil(0), [offerOf(crate, ['https://third.example'])], Date.now());
    expect(await count()).toBe(many);
    await services.deposits.deposit(crate.envelope);
    expect(await holdersOf(crate)).toHaveLength(limits.holdersMax);
  });

  it('has no room for the proofs of further ones, which may tell of it again when it has come', async () => {
    const crate = await sampleFor();
    await crowd(crate);
    const late = sybil(many + 1);
    const wrong = { ...ackOf(crate), proof: text(new Uint8Array(32)) };
    for (let i = 0; i < many; i++) {
      expect(await told.hear(sybil(i), [wrong])).toEqual([{ crate: crate.id, status: 'noted' }]);
    }
    expect(await told.hear(late, [ackOf(crate)])).toEqual([
      { crate: crate.id, status: 'refused', code: 'quota-exceeded' },
    ]);
    await services.deposits.deposit(crate.envelope);
    expect(await told.hear(late, [ackOf(crate)])).toEqual([{ crate: crate.id, status: 'delivered' }]);
    expect(await count()).toBe(0);
  });
});

describe('what is noted for other archives', () => {
  const many = (howMany: number): Offer[] =>
    Array.from({ length: howMany }, (_, i) => {
      const id = Buffer.alloc(32);
      id.writeUInt32BE(i);
      return { crate: text(id), sizeBytes: 4096, expiryHour: hourNow() + 24, holders: [] };
    });

  it('is bounded for each archive, and one that has used it up leaves room for others', async () => {
    await offers.answer(asking, many(archiveLimits.offersPerArchiveMax), Date.now());
    const crate = await sampleFor();
    expect(await offers.answer(asking, [offerOf(crate)], Date.now())).toMatchObject([
      { status: 'refused', code: 'quota-exceeded' },
    ]);
    const other = { archive: archiveOf(8) };
    expect(await offers.answer(other, [offerOf(crate)], Date.now())).toMatchObject([{ status: 'wanted' }]);
  });

  it('takes no further room when it is offered again, however full the list is', async () => {
    const all = many(archiveLimits.offersPerArchiveMax);
    await offers.answer(asking, all, Date.now());
    const again = await offers.answer(asking, [all[0]!, all[0]!], Date.now());
    expect(again.map(({ status }) => status)).toEqual(['wanted', 'wanted']);
    expect(await count()).toBe(archiveLimits.offersPerArchiveMax);
  });

  it('is bounded in all: further offers are refused, and displace neither offers nor proofs', async () => {
    const [open, proven] = await sampleCrates((await sampleMailbox()).publicKey, 2);
    await offers.answer(asking, [offerOf(open!), offerOf(proven!)], Date.now());
    await told.hear(asking, [ackOf(proven!)]);
    const flood = archiveLimits.offersMax - 2;
    await services.spec.database.query(
      `insert into crate_offer (crate, archive, holders, expiry_hour, until_hour)
       select sha256(i::text::bytea), sha256((i % 100)::text::bytea), '{}', $1, $1
       from generate_series(1, ${flood}) as i`,
      [hourNow() + 24],
    );
    await offered.sweep(Date.now());
    const [last, late] = await sampleCrates((await sampleMailbox()).publicKey, 2);
    expect(await offers.answer(asking, [offerOf(last!), offerOf(late!)], Date.now())).toMatchObject([
      { status: 'wanted' },
      { status: 'refused', code: 'quota-exceeded', quota: 'archive-offers' },
    ]);
    expect(await noted.totals()).toEqual({ offers: archiveLimits.offersMax, early: 1 });
    await expect(services.deposits.deposit(proven!.envelope)).rejects.toMatchObject({ code: 'crate-gone' });
    expect(await told.hear(asking, [ackOf(open!)])).toMatchObject([{ status: 'noted' }]);
  });

  it('makes room when it is over, or its crate has come', async () => {
    const some = await sampleCrates((await sampleMailbox()).publicKey, 2);
    await services.spec.database.query(
      `insert into crate_offer (crate, archive, holders, expiry_hour, until_hour)
       select sha256(i::text::bytea), sha256(i::text::bytea), '{}', $1, $1
       from generate_series(2, ${archiveLimits.offersMax}) as i`,
      [hourNow() + 24],
    );
    await offered.sweep(Date.now());
    await offers.answer(asking, [offerOf(some[0]!)], Date.now());
    const next = async () => (await offers.answer(asking, [offerOf(some[1]!)], Date.now()))[0]!.status;
    expect(await next()).toBe('refused');
    await services.deposits.deposit(some[0]!.envelope);
    expect(await next()).toBe('wanted');
    await offered.sweep((hourNow() + 24) * hourMs);
    expect(await count()).toBe(0);
  });

  it('is refused for a while, not forgotten, where there is no room for another proof', async () => {
    await services.spec.database.query(
      `insert into crate_offer (crate, archive, holders, expiry_hour, until_hour, way, proof)
       select sha256(i::text::bytea), $2, '{}', $1, $1, 'ack', sha256(i::text::bytea)
       from generate_series(1, ${archiveLimits.earlyDeparturesPerArchiveMax}) as i`,
      [hourNow() + 24, Buffer.alloc(32, 7)],
    );
    const crate = await sampleFor();
    await offers.answer(asking, [offerOf(crate)], Date.now());
    expect(await told.hear(asking, [ackOf(crate)])).toEqual([
      { crate: crate.id, status: 'refused', code: 'quota-exceeded' },
    ]);
    const other = { archive: archiveOf(8) };
    await offers.answer(other, [offerOf(crate)], Date.now());
    expect(await told.hear(other, [ackOf(crate)])).toMatchObject([{ status: 'noted' }]);
  });
});
