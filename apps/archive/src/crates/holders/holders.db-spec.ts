import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '@holdfast/protocol';
import { sampleCrate, sampleMailbox, text, type SampleCrate } from '../../../test/crate-samples.js';
import { openCrateServices, ownUrl, type CrateServices } from '../../../test/crate-services.js';
import { namedHolders } from './holder.js';
import { HolderRepository, tellHolders } from './holder.repository.js';

let { spec, deposits, departures, holders, events, statuses, close } = {} as CrateServices;
const due: string[] = [];
beforeAll(async () => {
  ({ spec, deposits, departures, holders, events, statuses, close } = await openCrateServices());
  events.onErrandsDue((urls) => due.push(...urls));
});
afterAll(() => close());

const sampleFor = async (): Promise<SampleCrate> => sampleCrate((await sampleMailbox()).publicKey);
const urls = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `https://${name}${i}.example`);
const deposit = (crate: SampleCrate, named: Parameters<typeof deposits.deposit>[2]) =>
  deposits.deposit(crate.envelope, undefined, named);

async function rowsOf(crate: SampleCrate): Promise<{ url: string; task: string; isDue: boolean }[]> {
  const { rows } = await spec.database.query<{ url: string; task: string; is_due: boolean }>(
    'select url, task, next_attempt_at is not null as is_due from crate_holder where crate = $1 order by url',
    [Buffer.from(crate.id, 'base64url')],
  );
  return rows.map(({ url, task, is_due: isDue }) => ({ url, task, isDue }));
}

const asArchive = text(new Uint8Array(32).fill(7));

describe('the archives that a deposit names', () => {
  it('are remembered with the crate, to be brought to or not', async () => {
    const crate = await sampleFor();
    const [one, two] = urls('a', 2);
    await deposit(crate, { bring: [one!, `${ownUrl}/`], holders: [two!, one!] });
    expect(await rowsOf(crate)).toEqual([
      { url: one, task: 'bring', isDue: true },
      { url: two, task: 'none', isDue: false },
    ]);
    expect(due).toContain(one);
    expect(due).not.toContain(two);
  });

  it('are not remembered when the crate is refused', async () => {
    const crate = await sampleFor();
    await spec.database.query('insert into mailbox_usage (mailbox, crates, bytes) values ($1, 1000000, 0)', [
      Buffer.from(crate.mailbox, 'base64url'),
    ]);
    await expect(deposit(crate, { bring: urls('a', 1) })).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect(await rowsOf(crate)).toEqual([]);
  });

  it('become more with every deposit of the crate, also of several in one moment, up to the limit', async () => {
    const crate = await sampleFor();
    const [one, two, three] = urls('b', 3);
    await Promise.all([
      deposit(crate, { holders: [one!] }),
      deposit(crate, { holders: [two!], bring: [three!] }),
    ]);
    expect((await rowsOf(crate)).map(({ task }) => task)).toEqual(['none', 'none', 'bring']);
    await deposit(crate, { bring: [one!] });
    expect((await rowsOf(crate)).map(({ task }) => task)).toEqual(['bring', 'none', 'bring']);
    await Promise.all([0, 1, 2].map((part) => deposit(crate, { holders: urls(`part${part}-`, 10) })));
    expect(await rowsOf(crate)).toHaveLength(limits.holdersMax);
  });

  it('are told when they are named for a crate that has left already', async () => {
    const crate = await sampleFor();
    const [one] = urls('c', 1);
    await deposits.deposit(crate.envelope);
    await departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
    await expect(deposit(crate, { bring: [one!] })).rejects.toMatchObject({ code: 'crate-gone' });
    expect(await rowsOf(crate)).toEqual([{ url: one, task: 'tell', isDue: true }]);
  });

  it('are at most as many as a deposit may name, the archive itself not counted', () => {
    const most = urls('d', limits.holdersMax);
    expect(namedHolders({ bring: [...most, ownUrl] }, ownUrl)).toHaveLength(limits.holdersMax);
    expect(() => namedHolders({ bring: most, holders: urls('e', 1) }, ownUrl)).toThrow('at most 16');
  });
});

describe('the holders of a crate that leaves', () => {
  it('are all to be told, but for the archive that has told of it', async () => {
    const crate = await sampleFor();
    const [one, two, three] = urls('f', 3);
    await deposit(crate, { bring: [one!], holders: [two!] });
    await holders.add([{ crate: crate.id, url: three!, bring: false, archive: asArchive }], Date.now());
    await departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret, toldBy: asArchive });
    expect(await rowsOf(crate)).toEqual([
      { url: one, task: 'tell', isDue: true },
      { url: two, task: 'tell', isDue: true },
      { url: three, task: 'none', isDue: false },
    ]);
    const [status] = await statuses.statuses([crate.id]);
    expect(status!.errands).toMatchObject([
      { url: one, attempts: 0 },
      { url: two, attempts: 0 },
    ]);
  });

  it('need not be told what they tell themselves afterwards', async () => {
    const crate = await sampleFor();
    const [one] = urls('g', 1);
    await deposits.deposit(crate.envelope);
    await holders.add([{ crate: crate.id, url: one!, bring: false, archive: asArchive }], Date.now());
    await departures.depart({ crate: crate.id, way: 'recall', proof: crate.recallSecret });
    expect(await rowsOf(crate)).toEqual([{ url: one, task: 'tell', isDue: true }]);
    await holders.knows(asArchive, [crate.id]);
    expect(await rowsOf(crate)).toEqual([{ url: one, task: 'none', isDue: false }]);
  });

  it('are told also when they were named in the very moment in which the crate left', async () => {
    const crate = await sampleFor();
    const [one] = urls('h', 1);
    await deposits.deposit(crate.envelope);
    const adding = new HolderRepository(spec.database);
    const named = { crate: crate.id, url: one!, bring: false };
    let added: Promise<unknown> = Promise.resolve();
    await spec.database.transaction(async (client) => {
      // Whoever lets the crate go holds its row; whoever names a holder waits for it, and then sees that it has left.
      await client.query('select from crate where id = $1 for update', [Buffer.from(crate.id, 'base64url')]);
      added = adding.addToKnown([named], new Date());
      await client.query(`update crate set state = 'delivered' where id = $1`, [
        Buffer.from(crate.id, 'base64url'),
      ]);
      await tellHolders(client, [{ id: crate.id }], new Date());
    });
    expect(await added).toEqual([one]);
    expect(await rowsOf(crate)).toEqual([{ url: one, task: 'tell', isDue: true }]);
  });
});
