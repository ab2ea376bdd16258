/** P5: after any partition heals, trusted archives of one scope hold the same records. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootFederation, type ArchiveProcess, type Federation } from '@holdfast/testing';
import { bob, retractionOf, sampleRecord, sampleRecords } from '../record-samples.js';
import { allAre, publishAt, statesAt } from './publishing.js';

/** Ends what hangs. */
const msMax = 300_000;

let federation: Federation | undefined;
afterEach(() => federation?.destroy());

type Three = [ArchiveProcess, ArchiveProcess, ArchiveProcess];

describe('archives that could not reach each other', () => {
  it.each(['reset', 'silent'] as const)(
    'hold the same records and have retracted the same ones when they can again: %s',
    async (how) => {
      federation = await bootFederation({ archives: 3 });
      const [a, b, c] = federation.archives as Three;
      const [before, here, there] = [
        await sampleRecords(60),
        await sampleRecords(60),
        await sampleRecords(60),
      ];
      await publishAt(a, before);
      await federation.untilSame();
      federation.path(0, 2).cut(how);
      federation.path(1, 2).cut(how);
      await publishAt(a, here);
      // Two retract the same while they cannot know of each other, and each something that only one side has.
      const common = before.slice(0, 20);
      await publishAt(b, [await retractionOf(common.slice(0, 15)), await retractionOf(here.slice(0, 10))]);
      await publishAt(c, [...there, await retractionOf(common.slice(10))]);
      await publishAt(c, [
        await retractionOf(there.slice(0, 10)),
        await retractionOf(before.slice(20, 25), bob),
      ]);
      expect(await statesAt(c, here)).toEqual(allAre('record-not-found', here));
      federation.paths.forEach((path) => path.heal());
      const compared = await federation.untilSame();
      expect(compared.records).toBe(180 - 40 + 5);
      for (const archive of [a, b, c]) {
        expect(await statesAt(archive, [...before.slice(20), ...here.slice(10), ...there.slice(10)])).toEqual(
          allAre('held', before.slice(20).concat(here.slice(10), there.slice(10))),
        );
        expect(await statesAt(archive, common)).toEqual(allAre('record-retracted', common));
        for (const held of await Promise.all(
          [here, there].map((part) => statesAt(archive, part.slice(0, 10))),
        )) {
          for (const state of held) expect(['record-retracted', 'record-not-found']).toContain(state);
        }
      }
    },
    msMax,
  );

  it(
    'hold the same records when one of them was killed in the meantime',
    async () => {
      federation = await bootFederation({ archives: 2 });
      const [a, b] = federation.archives as Three;
      await publishAt(a, await sampleRecords(20));
      federation.path(0, 1).cut('reset');
      const [here, there] = [await sampleRecords(300), await sampleRecords(300)];
      await Promise.all([publishAt(a, here), publishAt(b, there)]);
      await b.kill9();
      federation.path(0, 1).heal();
      await publishAt(a, [await sampleRecord()]);
      await b.start();
      expect(await federation.untilSame()).toMatchObject({ records: 621, held: [621, 621] });
    },
    msMax,
  );

  it(
    'do not need to reach each other when each reaches one that both know',
    async () => {
      federation = await bootFederation({
        archives: 3,
        mesh: [
          [0, 1],
          [1, 2],
        ],
      });
      const [a, , c] = federation.archives as Three;
      await publishAt(a, await sampleRecords(50));
      await publishAt(c, await sampleRecords(50));
      expect(await federation.untilSame()).toMatchObject({ records: 100 });
      // Every body came to each of the other two once, however it came.
      expect(federation.bodiesSent).toBe(200);
    },
    msMax,
  );
});
