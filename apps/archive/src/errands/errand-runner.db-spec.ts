import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleCrate, sampleMailbox, text, type SampleCrate } from '../../test/crate-samples.js';
import { openCrateServices, ownUrl, type CrateServices } from '../../test/crate-services.js';
import { silentLog } from '../../test/database-for-spec.js';
import { ScriptedArchive } from '../../test/scripted-archive.js';
import { ArchiveTokens } from '../platform/archive-identity/archive-tokens.js';
import { ErrandRepository } from './errand.repository.js';
import { ErrandRunner } from './errand-runner.js';
import { Introductions } from '../platform/outgoing/introductions.js';
import { OtherArchives } from './outgoing/other-archives.js';
import { PeerAddresses } from '../platform/outgoing/peer-addresses.js';
import { PeerRequests } from '../platform/outgoing/peer-requests.js';

let services: CrateServices;
let requests: PeerRequests;
let runner: ErrandRunner;
let target: ScriptedArchive;
beforeAll(async () => {
  services = await openCrateServices();
  requests = new PeerRequests(new PeerAddresses(() => true));
  const { spec, departures, identity } = services;
  const introductions = new Introductions(requests);
  runner = new ErrandRunner({
    errands: new ErrandRepository(spec.database),
    introductions,
    others: new OtherArchives(requests, introductions, new ArchiveTokens(identity), () => ownUrl),
    departures,
    ownId: identity.id,
    log: silentLog,
    onSettled: () => undefined,
  });
});
afterAll(async () => {
  requests.close();
  await services.close();
});
beforeEach(async () => {
  target = await ScriptedArchive.open();
});
afterEach(() => target.close());

const gone = { status: 'delivered' };
const ack = ({ id, ackSecret }: SampleCrate) =>
  services.departures.depart({ crate: id, way: 'ack', proof: ackSecret });

async function deposited(named: 'bring' | 'holders'): Promise<SampleCrate> {
  const crate = await sampleCrate((await sampleMailbox()).publicKey);
  await services.deposits.deposit(crate.envelope, undefined, { [named]: [target.url] });
  return crate;
}

/** What is still to be done at the target, and what went wrong last. */
async function errandOf({ id }: SampleCrate): Promise<{ task: string; code: string | null }> {
  const { rows } = await services.spec.database.query<{ task: string; code: string | null }>(
    'select task, code from crate_holder where crate = $1 and url = $2',
    [Buffer.from(id, 'base64url'), target.url],
  );
  return rows[0]!;
}

describe('telling that a crate has left', () => {
  it('ends at the first answer of a holder that has it', async () => {
    const crate = await deposited('holders');
    await ack(crate);
    target.onDeparture = () => gone;
    expect(await runner.runBatch(target.url)).toBe('worked');
    expect(target.asked).toEqual(['departures']);
    expect(await errandOf(crate)).toEqual({ task: 'none', code: null });
  });

  it('offers it first to one that does not know it, and ends when that keeps what it is told', async () => {
    const crate = await deposited('holders');
    await ack(crate);
    target.onDeparture = () => ({ status: target.asked.includes('offers') ? 'noted' : 'unknown' });
    await runner.runBatch(target.url);
    expect(target.asked).toEqual(['departures', 'offers', 'departures']);
    expect(await errandOf(crate)).toEqual({ task: 'none', code: null });
  });

  it('tells it of one that came there between the two', async () => {
    const crate = await deposited('holders');
    await ack(crate);
    const { identity } = target;
    target.onOffer = async ({ crate, sizeBytes, expiryHour }) => ({
      status: 'accepted',
      custody: await identity.promise({ crate, sizeBytes: sizeBytes!, expiryHour: expiryHour! }, Date.now()),
    });
    target.onDeparture = () => (target.asked.includes('offers') ? gone : { status: 'unknown' });
    await runner.runBatch(target.url);
    expect(target.asked).toEqual(['departures', 'offers', 'departures']);
    expect(await errandOf(crate)).toEqual({ task: 'none', code: null });
  });

  it('goes on later where it was not kept, also where a clock says that it is over, until it has left there', async () => {
    const crate = await deposited('holders');
    await ack(crate);
    const full = { status: 'refused', code: 'quota-exceeded', quota: 'archive-offers' };
    const attempts: [object, object, object][] = [
      [{ status: 'unknown' }, full, { task: 'tell', code: 'quota-exceeded' }],
      [{ status: 'unknown' }, { status: 'wanted' }, { task: 'tell', code: 'crate-not-found' }],
      [{ status: 'refused', code: 'of-the-future' }, {}, { task: 'tell', code: 'answer-invalid' }],
      [{ status: 'refused' }, {}, { task: 'tell', code: 'answer-invalid' }],
      [{ status: 'accepted' }, {}, { task: 'tell', code: 'answer-invalid' }],
      [{ status: 'unknown' }, { status: 'expired' }, { task: 'tell', code: 'crate-expired' }],
      [{ status: 'unknown' }, gone, { task: 'none', code: null }],
    ];
    for (const [departure, offer, errand] of attempts) {
      target.onDeparture = () => departure;
      target.onOffer = () => offer;
      await services.spec.database.query("update crate_holder set next_attempt_at = 'epoch' where url = $1", [
        target.url,
      ]);
      expect(await runner.runBatch(target.url)).toBe('worked');
      expect([departure, offer, await errandOf(crate)]).toEqual([departure, offer, errand]);
    }
  });
});

describe('bringing a crate that leaves in that moment', () => {
  it.each([
    ['takes it', true],
    ['refuses it', false],
  ])('tells it to the archive that %s', async (_, takes) => {
    const crate = await deposited('bring');
    target.onOffer = async ({ crate: id, sizeBytes, expiryHour }) => {
      await ack(crate);
      const terms = { crate: id, sizeBytes: sizeBytes!, expiryHour: expiryHour! };
      return takes
        ? { status: 'accepted', custody: await target.identity.promise(terms, Date.now()) }
        : { status: 'refused', code: 'quota-exceeded' };
    };
    // Whom it was met as before is known.
    await services.spec.database.query('update crate_holder set archive = $1 where url = $2', [
      Buffer.from(target.identity.id, 'base64url'),
      target.url,
    ]);
    await runner.runBatch(target.url);
    expect(await errandOf(crate)).toMatchObject({ task: 'tell' });
  });

  it('lets it go where the archive shows the proof, and still tells, for nothing has proved which archive that is', async () => {
    const crate = await deposited('bring');
    target.onOffer = () => ({ ...gone, proof: text(crate.ackSecret) });
    await runner.runBatch(target.url);
    expect(await services.status(crate.id)).toBe('delivered');
    expect(await errandOf(crate)).toMatchObject({ task: 'tell' });
    target.onDeparture = () => gone;
    await runner.runBatch(target.url);
    expect(await errandOf(crate)).toEqual({ task: 'none', code: null });
    expect(target.asked).toEqual(['offers', 'departures']);
  });
});
