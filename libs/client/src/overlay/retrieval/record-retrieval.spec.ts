import { afterEach, describe, expect, it } from '@jest/globals';
import { Coast, idOf, newAuthor, numbered } from '../../../test/coast.js';
import { until } from '../../../test/people.js';
import { lyingNode } from '../../../test/lying-node.js';
import { arrive, rolling, shoal } from '../../../test/shoal.js';
import { StandingClock } from '../../../test/standing-clock.js';
import { statusWhen } from '../../../test/status-when.js';
import { overlayLimits } from '../limits.js';
import { ItemVerification } from '../records/item-verification.js';
import { Retractions } from '../records/retractions.js';
import { RecordRetrieval } from './record-retrieval.js';
import { Searches } from './searches.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

const note = (body: string) => ({ collection: 'notes', body });

describe('clients in the overlay', () => {
  it('find with each other what one of them has published, and say by which way', async () => {
    const archives = coast.archives(1);
    const [alice, bob] = await shoal(coast, archives[0], 3);
    const { id } = await alice!.client.publish(note('hi'));
    for (const via of [['dht'], ['flood']] as const) {
      const reader = await arrive(coast, archives, { overlay: 'observer' });
      await statusWhen(reader.client, ({ isIn }) => isIn);
      expect(await reader.client.get(id, { via })).toMatchObject({
        record: { id, body: 'hi' },
        source: { kind: via[0] },
        tried: [{ place: via[0] }],
      });
      expect(reader.problems).toEqual([]);
    }
    expect(archives[0].count('get')).toBe(0);
    expect([...alice!.problems, ...bob!.problems]).toEqual([]);
  });

  it('say of no place that it was asked when they had found it before', async () => {
    const archives = coast.archives(1);
    const clock = rolling(coast);
    const [alice, bob] = await shoal(coast, archives[0], 3, { clock });
    const { id } = await alice!.client.publish(note('hi'));
    // It never comes to a flood: what would begin one later does not happen any more.
    clock.isHeld = true;
    const { source, tried } = await bob!.client.get(id, { via: ['dht', 'flood'] });
    expect([source, tried]).toEqual([{ kind: 'dht', ring: 0 }, [{ place: 'dht' }]]);
  });

  it('ask an archive for what none of them has, and answer for it from then on', async () => {
    const archives = coast.archives(1);
    const clock = rolling(coast);
    const [alice, bob] = await shoal(coast, archives[0], 2, { clock });
    const record = await numbered(await newAuthor(), 1);
    archives[0].log.push(record);
    // However long the clients take, the archive is asked when they have nothing.
    clock.isHeld = true;
    expect(await alice!.client.get(record.id)).toMatchObject({
      record,
      source: { kind: 'archive' },
      tried: [
        { place: 'local', code: 'record-not-found' },
        { place: 'dht', code: 'record-not-found' },
        { place: 'flood', code: 'record-not-found' },
        { place: 'archive' },
      ],
    });
    expect(await bob!.client.get(record.id, { via: ['flood'] })).toMatchObject({ source: { kind: 'flood' } });
  });

  it('answer also for what they had read before they were in', async () => {
    const archives = coast.archives(1);
    const record = await numbered(await newAuthor(), 1);
    archives[0].log.push(record);
    const [join, joins] = [archives[0].handlers.join!, [] as (() => void)[]];
    archives[0].handlers.join = (...asked) => void joins.push(() => join(...asked));
    const alice = await arrive(coast, archives);
    await alice.client.get(record.id);
    await coast.until(() => joins.length > 0);
    archives[0].handlers.join = join;
    joins[0]!();
    const { held } = await statusWhen(alice.client, ({ node }) => node !== undefined);
    expect(held.items).toBe(1);
  });

  it('bring what none of them had to those who should have it, also when an archive was quicker than they', async () => {
    const archives = coast.archives(1);
    const [alice, bob, silent] = await shoal(coast, archives[0], 3);
    const record = await numbered(await newAuthor(), 1);
    archives[0].log.push(record);
    // Nobody hears of it: whoever asks it waits, and by then the archive has answered.
    const { node } = await silent!.client.overlay();
    archives[0].nodes.get(node!)!.say = () => undefined;
    expect(await alice!.client.get(record.id)).toMatchObject({ source: { kind: 'archive' } });
    await until(async () => (await bob!.client.overlay()).held.items > 0);
    await alice!.client.close();
    const reader = await arrive(coast, archives, { overlay: 'observer' });
    await statusWhen(reader.client, ({ isIn }) => isIn);
    expect(await reader.client.get(record.id, { via: ['dht'] })).toMatchObject({ record });
  });

  it('answer a query while no archive does, and never say that it is complete', async () => {
    const archives = coast.archives(1);
    const [alice, bob] = await shoal(coast, archives[0], 2);
    await alice!.client.publish(note('one'));
    await alice!.client.publish({ ...note('two'), key: 'a' });
    archives[0].handlers.query = ({ n }, say) =>
      say({ op: 'error', n, code: 'unavailable', detail: 'Later.', retryable: true });
    const author = alice!.author;
    const page = await bob!.client.query({ author, collection: 'notes' });
    expect(page.records.map(({ body }) => body).sort()).toEqual(['one', 'two']);
    expect(page).toMatchObject({ complete: false, source: { kind: 'dht' } });
    expect(page.cursor).toBeUndefined();
    expect(await bob!.client.query({ author, collection: 'notes', key: 'a' })).toMatchObject({
      records: [{ body: 'two' }],
    });
    await expect(bob!.client.query({ author, collection: 'letters' })).rejects.toMatchObject({
      code: 'unavailable',
      data: { tried: expect.stringContaining('dht: record-not-found') },
    });
  });

  it('take the page of an archive that answers', async () => {
    const archives = coast.archives(1);
    const clock = rolling(coast);
    const [alice, bob] = await shoal(coast, archives[0], 2, { clock });
    await alice!.client.publish(note('one'));
    clock.isHeld = true;
    const filter = { author: alice!.author, collection: 'notes' };
    expect(await bob!.client.query(filter)).toMatchObject({ source: { kind: 'archive' } });
  });

  it.each(['rubbish', 'another record', 'a forged signature'] as const)(
    'never hand out what does not verify: %s',
    async (lie) => {
      const archives = coast.archives(1);
      const key = await newAuthor();
      const [asked, other] = [await numbered(key, 1), await numbered(key, 2)];
      const end = asked.jws.slice(-20, -2);
      const forged = `${asked.jws.slice(0, -20)}${[...end].map((c) => (c === 'A' ? 'B' : 'A')).join('')}${asked.jws.slice(-2)}`;
      const lies = { rubbish: 'rubbish', 'another record': other.jws, 'a forged signature': forged };
      let told = 0;
      await lyingNode(archives[0], () => {
        told++;
        return [lies[lie]];
      });
      const { client, problems } = await arrive(coast, archives, { overlay: 'observer' });
      await statusWhen(client, ({ isIn }) => isIn);
      const before = told;
      const found = client.get(asked.id, { via: ['dht', 'flood'] });
      await expect(found).rejects.toMatchObject({ code: 'record-not-found' });
      expect(told).toBeGreaterThan(before);
      archives[0].log.push(asked);
      expect(await client.get(asked.id)).toMatchObject({ record: asked, source: { kind: 'archive' } });
      expect(problems).toEqual([]);
    },
  );
});

it('the archives are asked for a record when the clients have kept it waiting for so long', async () => {
  const clock = new StandingClock();
  const record = await numbered(await newAuthor(), 1);
  const retrieval = new RecordRetrieval({
    clock,
    searches: new Searches(),
    verification: new ItemVerification({
      clock,
      aheadSeconds: () => 0,
      retractions: new Retractions(),
      soughtMailbox: () => undefined,
      letGo: () => undefined,
    }),
    keepAt: () => undefined,
    // The clients never answer.
    nodeWithin: () => new Promise(() => undefined),
  });
  let asked = 0;
  const found = retrieval.get(
    record.id,
    { via: ['dht', 'flood', 'archive'], signal: undefined, tried: [] },
    () => {
      asked++;
      const source = { kind: 'archive', archive: idOf(1), url: 'http://archive.test' } as const;
      return Promise.resolve({ record, source, tried: [{ place: 'archive' }] });
    },
  );
  clock.pass(overlayLimits.hedgeMs - 1);
  expect(asked).toBe(0);
  clock.pass(1);
  expect(asked).toBe(1);
  expect(await found).toMatchObject({ record, source: { kind: 'archive' } });
  expect(clock.waiting).toBe(0);
});
