/** What every `ProgressStore` keeps true. */
import type { Progress, ProgressStore } from '../ports.js';
import { equal, type ContractCase } from './case.js';

export interface ProgressStoreUnderTest {
  /** The same store again, as after a restart; `peer` is one of two that are known. */
  open(peer: 'one' | 'another'): Promise<ProgressStore>;
}

export const progressStoreContract: readonly ContractCase<ProgressStoreUnderTest>[] = [
  {
    name: 'knows nothing at first, then what was saved last, and of each peer its own',
    run: async (subject) => {
      equal(await (await subject.open('one')).load(), undefined);
      const saved: Progress = { records: 7, stage: 'snapshot', departures: 3, scope: 'all' };
      await (await subject.open('one')).save({ ...saved, records: 1 });
      await (await subject.open('one')).save(saved);
      equal(sorted(await (await subject.open('one')).load()), sorted(saved));
      equal(await (await subject.open('another')).load(), undefined);
      await (await subject.open('one')).save({ ...saved, stage: 'live', records: 2 ** 52 });
      equal(
        sorted(await (await subject.open('one')).load()),
        sorted({ ...saved, stage: 'live', records: 2 ** 52 }),
      );
    },
  },
  {
    name: 'takes it that the sets were the same, with and without a horizon',
    run: async (subject) => {
      const store = await subject.open('one');
      await store.synced(undefined);
      await store.synced(1_700_000_000);
    },
  },
];

const sorted = (progress: Progress | undefined): unknown =>
  progress === undefined ? undefined : Object.entries(progress).sort(([a], [b]) => (a < b ? -1 : 1));
