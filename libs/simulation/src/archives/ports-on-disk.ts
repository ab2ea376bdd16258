/** The ports of a link, on a store that takes time, is away now and then, and outlives the archive's crashes. */
import type { DepartureStore, ProgressStore, RecordStore, TakenIn } from '@holdfast/gossip';
import type { Life } from '../nodes/life.js';
import type { Random } from '../chance/random.js';
import type { Disk } from './disk.js';

export interface OnDisk {
  readonly disk: Disk;
  readonly life: Life;
  readonly random: Random;
}

export function recordsOnDisk(store: RecordStore, { disk, life, random }: OnDisk): RecordStore {
  return {
    count: (scope) => disk.read(() => store.count(scope)),
    lastSeq: () => disk.read(() => store.lastSeq()),
    newsAfter: (after, scope) => disk.read(() => store.newsAfter(after, scope)),
    pageAfter: (after, scope) => disk.read(() => store.pageAfter(after, scope)),
    beyond: (seq, signal) => life.within(store.beyond(seq, signal)),
    recordsOf: (ids) => disk.read(() => store.recordsOf(ids)),
    missing: (ids) => disk.read(() => store.missing(ids)),
    openSet: (scope) => disk.read(() => store.openSet(scope)),
    // In parts, as an archive commits what comes from many sides: a crash may keep the first and lose the second.
    takeIn: async (records) => {
      const taken: TakenIn[] = [];
      for (let begin = 0; begin < records.length;) {
        const part = records.slice(begin, begin + random.whole(1, records.length));
        taken.push(...(await disk.commit(() => store.takeIn(part))));
        begin += part.length;
      }
      return taken;
    },
  };
}

/** @param commit on that disk, by whoever has to know that crates have left */
export function departuresOnDisk(
  store: DepartureStore,
  { disk, life }: OnDisk,
  commit: Disk['commit'],
): DepartureStore {
  return {
    after: (cursor) => disk.read(() => store.after(cursor)),
    last: () => disk.read(() => store.last()),
    beyond: (cursor, signal) => life.within(store.beyond(cursor, signal)),
    waitingAmong: (crates) => disk.read(() => store.waitingAmong(crates)),
    proofsOf: (crates) => disk.read(() => store.proofsOf(crates)),
    depart: (departures) => commit(() => store.depart(departures)),
  };
}

export const progressOnDisk = (store: ProgressStore, { disk }: OnDisk): ProgressStore => ({
  load: () => disk.read(() => store.load()),
  save: (progress) => disk.commit(() => store.save(progress)),
  synced: (theirHorizon) => disk.commit(() => store.synced(theirHorizon)),
});
