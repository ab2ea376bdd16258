import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { valueOf, verifyCustody } from '@holdfast/protocol';
import { sampleCrate, sampleMailbox, text } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { archiveLimits } from '../limits.js';

describe('StatusService', () => {
  let services: CrateServices;
  beforeAll(async () => {
    services = await openCrateServices();
  });
  afterAll(() => services.close());

  it('answers the custody receipt of a crate that waits, and what let one go that has left', async () => {
    const { deposits, departures, statuses, identity } = services;
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    const { custody } = await deposits.deposit(crate.envelope);
    const terms = { crate: crate.id, sizeBytes: 4096, expiryHour: crate.expiryHour };
    const [waiting] = await statuses.statuses([crate.id]);
    expect(waiting).toMatchObject({ crate: crate.id, status: 'accepted', custody: [custody] });
    const receipt = valueOf(await verifyCustody(custody, terms, Date.now() / 1000));
    expect(receipt).toMatchObject({ ...terms, archive: identity.id });
    await departures.depart({ crate: crate.id, way: 'recall', proof: crate.recallSecret });
    expect(await statuses.statuses([crate.id])).toEqual([
      { crate: crate.id, status: 'recalled', proof: text(crate.recallSecret) },
    ]);
  });

  it('leaves the pool to others however many ask, and refuses those that would wait too long', async () => {
    const { statuses, spec } = services;
    const id = 'A'.repeat(43);
    const asked = archiveLimits.queriesWaitingMax + 10;
    const outcomes = Promise.allSettled(Array.from({ length: asked }, () => statuses.statuses([id])));
    await spec.database.query('select 1');
    expect(spec.database.pool.waitingCount).toBe(0);
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(9);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
  });
});
