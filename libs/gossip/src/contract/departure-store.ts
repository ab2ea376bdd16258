/** What every `DepartureStore` keeps true (spec/gossip.md, "Departures"). */
import { gossipLimits } from '../limits.js';
import type { Departure, DepartureStore } from '../ports.js';
import { equal, holds, type ContractCase } from './case.js';

export interface DepartureStoreUnderTest {
  /** A new store, with no crates. */
  open(): Promise<OpenDepartureStore>;
}

export interface OpenDepartureStore {
  readonly store: DepartureStore;
  /** A crate that waits here from now on, a departure that fits it, and one that does not. */
  deposit(): Promise<{ readonly fitting: Departure; readonly unfitting: Departure }>;
  close(): Promise<void>;
}

export const departureStoreContract: readonly ContractCase<DepartureStoreUnderTest>[] = [
  opened('has nothing to tell at first', async ({ store }) => {
    equal(await store.last(), 0);
    equal(await store.after(0), { crates: [], upTo: 0 });
    equal(await store.proofsOf([]), []);
  }),
  opened('knows which crates wait here, and lets go of them on a proof that fits', async (given) => {
    const { store, deposit } = given;
    const [one, two] = [await deposit(), await deposit()];
    const crates = [two.fitting.crate, one.fitting.crate];
    equal(await store.waitingAmong(crates), crates);
    equal(await store.depart([one.fitting, two.unfitting]), [true, false]);
    equal(await store.waitingAmong(crates), [two.fitting.crate]);
    await grownBeyond(store, 0);
    equal((await store.after(0)).crates, [one.fitting.crate]);
    equal(await store.proofsOf(crates), [one.fitting]);
  }),
  opened('tells of departures after a cursor, each once', async ({ store, deposit }) => {
    const first = await deposit();
    await store.depart([first.fitting]);
    await grownBeyond(store, 0);
    const { upTo } = await store.after(0);
    equal(upTo, await store.last());
    const second = await deposit();
    await store.depart([second.fitting]);
    await grownBeyond(store, upTo);
    equal((await store.after(upTo)).crates, [second.fitting.crate]);
    equal((await store.after(0)).crates, [first.fitting.crate, second.fitting.crate]);
    holds((await store.after(0)).crates.length <= gossipLimits.departuresMax, 'it tells of no more than fit');
  }),
  opened('has nothing against a departure from where no crate waits', async ({ store, deposit }) => {
    const { fitting, unfitting } = await deposit();
    await store.depart([fitting]);
    equal(await store.depart([fitting]), [true]);
    equal(await store.depart([unfitting]), [true]);
    const other = { ...fitting, crate: `${fitting.crate.slice(0, 10)}${'A'.repeat(33)}` };
    equal(await store.depart([other]), [true]);
    await grownBeyond(store, 0);
    equal((await store.after(0)).crates, [fitting.crate]);
  }),
  opened('wakes who waits for a departure', async ({ store, deposit }) => {
    const waiting = store.beyond(0, new AbortController().signal);
    await store.depart([(await deposit()).fitting]);
    await waiting;
    const enough = new AbortController();
    const inVain = store.beyond(await store.last(), enough.signal);
    enough.abort();
    await inVain;
  }),
];

/** A store may number what has left a moment later. */
const grownBeyond = (store: DepartureStore, cursor: number): Promise<void> =>
  store.beyond(cursor, new AbortController().signal);

function opened(
  name: string,
  test: (given: OpenDepartureStore) => Promise<void>,
): ContractCase<DepartureStoreUnderTest> {
  return {
    name,
    run: async (subject) => {
      const given = await subject.open();
      try {
        await test(given);
      } finally {
        await given.close();
      }
    },
  };
}
