/** A new archive that is killed while it takes over what another one holds. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootFederation, countHeld, type ArchiveProcess, type Federation } from '@holdfast/testing';
import { eventually } from '../eventually.js';
import { sampleRecord, sampleRecords } from '../record-samples.js';
import { publishAt } from './publishing.js';

const records = 8_000;
/** So that a page, which is taken again when it was not taken whole, is a small part of all. */
const text = 'kelp '.repeat(200);
/** Ends what hangs. */
const msMax = 300_000;

let federation: Federation | undefined;
afterEach(() => federation?.destroy());

describe('a new archive', () => {
  it(
    'goes on where it was when it is killed in the middle, and nothing is sent from the start again',
    async () => {
      federation = await bootFederation({ archives: 1 });
      const [old] = federation.archives as [ArchiveProcess];
      const numbers = Array.from({ length: records }, (_, number) => number);
      const published = await Promise.all(numbers.map((number) => sampleRecord({ body: { number, text } })));
      const bytes = published.reduce((sum, { jws }) => sum + jws.length, 0);
      await publishAt(old, published);
      const adding = federation.add();
      await eventually(
        async () => federation!.paths.length,
        (count) => count === 1,
      );
      const path = federation.path(0, 1);
      // Three quarters come through, and then nothing more.
      await path.until(({ bytesBack }) => bytesBack > (bytes * 3) / 4);
      path.cut('silent');
      const late = await adding;
      const held = (): Promise<number> => countHeld(late.databaseUrl);
      await eventually(held, (count) => count > records / 2);
      await late.kill9();
      const heldThen = await held();
      expect(heldThen).toBeLessThan(records);
      path.heal();
      await late.start();
      expect(await federation.untilSame()).toMatchObject({ records });
      const sentTwice = federation.bodiesSent - records;
      expect(sentTwice).toBeLessThan(heldThen);
    },
    msMax,
  );

  it(
    'that has two peers is sent every body once',
    async () => {
      federation = await bootFederation({ archives: 2 });
      const [one] = federation.archives as [ArchiveProcess];
      await publishAt(one, await sampleRecords(2_000));
      await federation.untilSame();
      const { bodiesSent } = federation;
      await federation.add();
      await federation.untilSame();
      // Where one has not answered for seconds, the other may be asked as well.
      expect(federation.bodiesSent - bodiesSent).toBeLessThan(2_000 * 1.05);
    },
    msMax,
  );
});
