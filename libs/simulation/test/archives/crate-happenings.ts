/** What clients, and strangers, do with crates in a world; and what the watch on its archives has found. */
import { stateAfter } from '@holdfast/protocol';
import { callArchive, CrateWatch, Life, proofOf, type ArchiveNode, type World } from '../../src/index.js';
import type { Action } from './action.js';
import type { Plan } from './plan.js';

type Doing<Kind extends Action['do']> = Action & { readonly do: Kind };

const hourMs = 3_600_000;
const lookMs = 20_000;
/** How long after its hour a crate is forgotten by everybody whose clock is right within a minute. */
const forgottenMs = 13 * hourMs;

export class CrateHappenings {
  readonly #world: World;
  readonly #archives: ReadonlyMap<string, ArchiveNode>;
  readonly #watch = new CrateWatch();
  readonly #stranger: Life;

  constructor(world: World, archives: ReadonlyMap<string, ArchiveNode>, { actions }: Plan) {
    this.#world = world;
    this.#archives = archives;
    this.#stranger = new Life(world.clock);
    for (const { action } of actions) {
      if (action.do === 'deposit') this.#watch.watch(action.crate, action.expiryHour);
    }
    const lookAgain = (): void => {
      this.look();
      world.clock.after(lookMs, lookAgain);
    };
    lookAgain();
  }

  look(): void {
    for (const archive of this.#archives.values()) this.#watch.look(archive);
  }

  deposit(at: ArchiveNode, { crate, expiryHour, bring, holders }: Doing<'deposit'>): void {
    void at.deposit({ crate, expiryHour }, { bring, holders }).then((status) => {
      if (status === 'accepted') this.#watch.promised(at, crate, bring);
      if (status === 'crate-gone') this.#watch.released(at, crate);
    });
  }

  depart(at: ArchiveNode, { crate, way, fits }: Doing<'depart'>): void {
    if (fits) this.#watch.showed(crate, stateAfter[way]);
    // The proof of another way is none of this one.
    const proof = fits ? proofOf(crate, way) : proofOf(crate, way === 'ack' ? 'recall' : 'ack');
    void at.depart({ crate, way, proof }).then((answer) => {
      if (answer === stateAfter[way]) this.#watch.released(at, crate);
    });
  }

  forge({ at, crate, expiryHour }: Doing<'forge'>): void {
    const caller = { world: this.#world, life: this.#stranger, own: 'stranger' };
    const madeUp = { crate, way: 'ack', proof: proofOf(crate, 'discard') } as const;
    void callArchive(caller, at, 'offers', [{ crate, expiryHour, holders: [] }])
      .then(() => callArchive(caller, at, 'departures', [madeUp]))
      .catch(() => undefined);
  }

  faults(): string[] {
    return this.#watch.faults([...this.#archives.values()], this.#world.clock.nowMs);
  }

  /** When the last crate has expired and time has gone on, nothing is remembered of any. */
  async remembered(lastHour: number | undefined): Promise<string[]> {
    if (lastHour === undefined) return [];
    const { clock } = this.#world;
    await clock.runUntil(Math.max(clock.nowMs, lastHour * hourMs + forgottenMs));
    const remembered = [...this.#archives.values()].flatMap(({ name, rememberedCrates }) =>
      rememberedCrates.map((crate) => `${name} still remembers ${crate}`),
    );
    return [...this.faults(), ...remembered];
  }
}
