/** Two processes of one archive on one database, as while one takes over from the other. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { askOnce, depositAt, statusAt, untilState, untilStatus } from './crate-door.js';
import { sampleCrate, sampleCrates, sampleMailbox, text } from './crate-samples.js';
import { eventually } from './eventually.js';
import { ForeignArchive } from './foreign-archive.js';
import { answerAll, openHostileTarget } from './hostile-target.js';

let one: ArchiveProcess;
let two: ArchiveProcess;
beforeAll(async () => {
  one = await bootArchive();
  two = await bootArchive({ settings: { DATABASE_URL: one.databaseUrl } });
});
afterAll(async () => {
  await two.destroy();
  await one.destroy();
});

describe('two processes of one archive', () => {
  it('are one archive to others: what one is told of does not stay at the other one either', async () => {
    expect(two.id).toBe(one.id);
    const foreign = await ForeignArchive.make();
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    await foreign.offer(one, [crate]);
    const told = { crate: crate.id, way: 'ack', proof: text(crate.ackSecret) };
    expect((await foreign.tell(one, [told])).body.crates).toEqual([{ crate: crate.id, status: 'noted' }]);
    // It knows of no offer itself, and keeps nobody waiting for what others may have been told.
    await depositAt(two.url, crate);
    await eventually(
      () => statusAt(two.url, crate),
      ({ status }) => status === 'delivered',
    );
    expect(await depositAt(two.url, crate)).toMatchObject({ op: 'error', code: 'crate-gone' });
  });

  it('do each errand, and undo nothing of what the other one has done', async () => {
    const self = await ForeignArchive.make();
    const crates = await sampleCrates((await sampleMailbox()).publicKey, 20);
    const byId = new Map(crates.map((crate) => [crate.id, crate]));
    const toldOf: string[] = [];
    const target = await openHostileTarget(self, {
      crates: async (body) => {
        const crate = crates.find(({ envelope }) => body.equals(envelope))!;
        const terms = { crate: crate.id, sizeBytes: crate.envelope.length, expiryHour: crate.expiryHour };
        return {
          crate: crate.id,
          status: 'accepted',
          custody: await self.identity.promise(terms, Date.now()),
        };
      },
      departures: (body) => {
        const { crates: told } = JSON.parse(String(body)) as { crates: { crate: string; proof: string }[] };
        for (const { crate, proof } of told) {
          expect(proof).toBe(text(byId.get(crate)!.ackSecret));
          toldOf.push(crate);
        }
        return answerAll(body, 'delivered');
      },
    });
    await Promise.all(
      crates.map((crate, i) => depositAt(i % 2 === 0 ? one.url : two.url, crate, { bring: [target.url] })),
    );
    for (const crate of crates) {
      const isHeld = ({
        custody = [],
        errands,
      }: {
        custody?: readonly string[] | undefined;
        errands?: unknown;
      }) => custody.length === 2 && errands === undefined;
      await untilStatus(one.url, crate, isHeld);
    }
    for (const [i, { id, ackSecret }] of crates.entries()) {
      const { url } = i % 2 === 0 ? two : one;
      await askOnce(url, { op: 'ack', crate: id, secret: text(ackSecret) });
    }
    for (const crate of crates) {
      await untilState(two.url, crate, 'delivered');
      await untilStatus(one.url, crate, ({ errands }) => errands === undefined);
    }
    expect(new Set(toldOf)).toEqual(new Set(byId.keys()));
    await target.close();
  });
});
