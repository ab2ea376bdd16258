/** Archives of which one has a clock that is twelve hours off. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootFederation, type ArchiveProcess, type Federation } from '@holdfast/testing';
import { eventually } from '../eventually.js';
import { retractionOf, sampleRecords, secondsNow } from '../record-samples.js';
import { allAre, publishAt, statesAt } from './publishing.js';

const hours = 3600;
/** Ends what hangs. */
const msMax = 300_000;

let federation: Federation | undefined;
afterEach(() => federation?.destroy());

describe('archives whose clocks are twelve hours apart', () => {
  it(
    'join, and hold the same, when one is ahead',
    async () => {
      federation = await bootFederation({ archives: 2, clockOffsetsSeconds: [0, 12 * hours] });
      const [right, ahead] = federation.archives as [ArchiveProcess, ArchiveProcess];
      const [here, there] = [await sampleRecords(40), await sampleRecords(40)];
      await publishAt(right, here);
      await publishAt(ahead, [...there, await retractionOf(here.slice(0, 5))]);
      expect(await federation.untilSame()).toMatchObject({ records: 76 });
    },
    msMax,
  );

  it(
    'exchange what both take for past when one is behind, and the rest as soon as its clock is right',
    async () => {
      federation = await bootFederation({ archives: 2, clockOffsetsSeconds: [0, -12 * hours] });
      const [right, behind] = federation.archives as [ArchiveProcess, ArchiveProcess];
      const [past, fresh] = [
        await sampleRecords(40, { iat: secondsNow() - 24 * hours }),
        await sampleRecords(40),
      ];
      await publishAt(right, [...fresh, ...past.slice(20)]);
      await publishAt(behind, past.slice(0, 20));
      for (const archive of [right, behind]) {
        await eventually(
          () => statesAt(archive, past),
          (states) => states.every((state) => state === 'held'),
        );
      }
      expect(await statesAt(behind, fresh)).toEqual(allAre('record-not-found', fresh));
      await behind.stop();
      await behind.start({ clockOffsetSeconds: 0 });
      expect(await federation.untilSame()).toMatchObject({ records: 80 });
    },
    msMax,
  );
});
