import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Departure } from '@holdfast/gossip';
import { encodeBase64url } from '@holdfast/protocol';
import { randomBytes } from 'node:crypto';
import { sampleCrate, sampleMailbox } from '../../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../../test/crate-services.js';
import { silentLog } from '../../../test/database-for-spec.js';
import { DeparturesLog } from '../../crates/departures-log/departures-log.js';
import { GossipDepartures } from './gossip-departures.js';

let services: CrateServices;
let log: DeparturesLog;
let store: GossipDepartures;
const peer = encodeBase64url(randomBytes(32));

beforeAll(async () => {
  services = await openCrateServices();
  log = new DeparturesLog(services.spec.database, services.events, silentLog);
  store = new GossipDepartures(peer, log, services.departures, services.holders);
});
afterAll(async () => {
  await log.onApplicationShutdown();
  await services.close();
});

async function deposited() {
  const mailbox = await sampleMailbox();
  const crate = await sampleCrate(mailbox.publicKey);
  await services.deposits.deposit(crate.envelope);
  const receipt: Departure = { crate: crate.id, way: 'ack', proof: encodeBase64url(crate.ackSecret) };
  const recall: Departure = { crate: crate.id, way: 'recall', proof: encodeBase64url(crate.recallSecret) };
  return { id: crate.id, receipt, recall, crate };
}

const wrong = (crate: string): Departure => ({ crate, way: 'ack', proof: encodeBase64url(randomBytes(32)) });

describe('departures that a peer tells of', () => {
  it('let crates go that wait here, and are told on with their proofs', async () => {
    const [first, second] = [await deposited(), await deposited()];
    expect(await store.waitingAmong([first.id, wrong('x').crate, second.id])).toEqual([first.id, second.id]);
    expect(await store.proofsOf([first.id, second.id])).toEqual([]);
    expect(await store.depart([first.receipt, second.recall])).toEqual([true, true]);
    expect(await services.status(first.id)).toBe('delivered');
    expect(await services.status(second.id)).toBe('recalled');
    expect(await store.waitingAmong([first.id, second.id])).toEqual([]);
    expect(await store.proofsOf([second.id, first.id])).toEqual([second.recall, first.receipt]);
    expect((await services.statuses.statuses([first.id]))[0]).toMatchObject({ proof: first.receipt.proof });
  });

  it('change nothing where the proof does not fit', async () => {
    const crate = await deposited();
    const other = await deposited();
    const proofs = [
      wrong(crate.id),
      { ...other.receipt, crate: crate.id },
      { ...crate.recall, way: 'ack' as const },
    ];
    for (const proof of proofs) expect(await store.depart([proof, other.receipt])).toEqual([false, true]);
    expect(await services.status(crate.id)).toBe('accepted');
  });

  it('are no news of a crate that has left in another way, or was never here', async () => {
    const crate = await deposited();
    await store.depart([crate.recall]);
    const never = encodeBase64url(randomBytes(32));
    expect(await store.depart([crate.receipt, wrong(crate.id), wrong(never)])).toEqual([true, true, true]);
    expect(await services.status(crate.id)).toBe('recalled');
    expect(await services.status(never)).toBe('unknown');
    const { rowCount } = await services.spec.database.query('select 1 from crate_offer');
    expect(rowCount).toBe(0);
  });

  it('need not be told to the peer that told of them, and are to be told to others', async () => {
    const mailbox = await sampleMailbox();
    const crate = await sampleCrate(mailbox.publicKey);
    await services.deposits.deposit(crate.envelope);
    const other = encodeBase64url(randomBytes(32));
    const holders = [
      { url: 'https://peer.example', archive: peer },
      { url: 'https://other.example', archive: other },
    ];
    for (const { url, archive } of holders) {
      await services.spec.database.query(
        `insert into crate_holder (crate, url, archive, task) values ($1, $2, $3, 'none')`,
        [Buffer.from(crate.id, 'base64url'), url, Buffer.from(archive, 'base64url')],
      );
    }
    await store.depart([{ crate: crate.id, way: 'ack', proof: encodeBase64url(crate.ackSecret) }]);
    const { rows } = await services.spec.database.query<{ url: string; task: string }>(
      'select url, task from crate_holder where crate = $1 order by url',
      [Buffer.from(crate.id, 'base64url')],
    );
    expect(rows).toEqual([
      { url: 'https://other.example', task: 'tell' },
      { url: 'https://peer.example', task: 'none' },
    ]);
  });
});
