/** One peer that is slow and one that says nothing any more: everybody else gets everything as if they were not there. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootFederation, countHeld, type ArchiveProcess, type Federation } from '@holdfast/testing';
import { eventually } from '../eventually.js';
import { sampleRecords } from '../record-samples.js';
import { publishAt } from './publishing.js';

/** Ends what hangs. */
const msMax = 300_000;

let federation: Federation | undefined;
afterEach(() => federation?.destroy());

describe('an archive with a slow and a silent peer', () => {
  it(
    'serves its other peers, and these two as soon as they read again',
    async () => {
      // All others dial the first one and know nobody else.
      federation = await bootFederation({
        archives: 4,
        mesh: [
          [1, 0],
          [2, 0],
          [3, 0],
        ],
      });
      const [hub, swift, slow, silent] = federation.archives as ArchiveProcess[] as [
        ArchiveProcess,
        ArchiveProcess,
        ArchiveProcess,
        ArchiveProcess,
      ];
      await publishAt(hub, await sampleRecords(10));
      await federation.untilSame();
      federation.path(2, 0).slow({ bytesPerSecond: 2_000 });
      federation.path(3, 0).cut('silent');
      const records = await sampleRecords(2_000);
      await publishAt(hub, records.slice(0, 1_000));
      await publishAt(swift, records.slice(1_000));
      for (const archive of [hub, swift]) {
        await eventually(
          () => countHeld(archive.databaseUrl),
          (count) => count === 2_010,
        );
      }
      expect(await countHeld(slow.databaseUrl)).toBeLessThan(2_010);
      expect(await countHeld(silent.databaseUrl)).toBe(10);
      federation.paths.forEach((path) => path.heal());
      expect(await federation.untilSame()).toMatchObject({ records: 2_010 });
    },
    msMax,
  );
});
