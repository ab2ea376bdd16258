/**
 * What an archive has to do about its crates at others during one life (spec/custody.md, "Errands"): it offers and brings
 * them, and tells how they left; one batch at a time at each archive, and what has no answer that ends it again later.
 * What is due stands in the table, so that a crash forgets nothing.
 */
import { ageOf, decideOffered, decideTold } from '@holdfast/protocol';
import type { Random } from '../../chance/random.js';
import type { Timer } from '../../time/virtual-clock.js';
import type { Disk } from '../disk.js';
import { callArchive, type Caller } from './crate-call.js';
import { wayTo, type CrateTable, type Errand, type Settled } from './crate-table.js';
import { crateTableLimits } from './limits.js';
import type { CrateOffer } from './messages.js';

export interface CrateErrandsInit extends Caller {
  readonly random: Random;
  readonly table: CrateTable;
  readonly disk: Disk;
  readonly retryMsMax: number;
  /** NumericDate, by the archive's own clock. */
  seconds(): number;
}

interface Target {
  isRunning: boolean;
  isDue: boolean;
  hurriedAtMs: number;
  wakes: Timer | undefined;
}

export class CrateErrands {
  readonly #init: CrateErrandsInit;
  readonly #targets = new Map<string, Target>();

  constructor(init: CrateErrandsInit) {
    this.#init = init;
  }

  /** Finds in the table what is due, now or later. */
  look(): void {
    const { table, life, world } = this.#init;
    for (const [name, atMs] of table.nextAttempts) {
      const target = this.#targetOf(name);
      target.wakes?.cancel();
      target.wakes = life.after(Math.max(0, atMs - world.clock.nowMs), () => this.#wake(name, target));
    }
  }

  /** The archive of that name is alive: what waits for it is tried at once. */
  heardOf(name: string): void {
    const { table, disk, world } = this.#init;
    const target = this.#targetOf(name);
    if (world.clock.nowMs - target.hurriedAtMs < crateTableLimits.hurryMsMin) return;
    if (!table.nextAttempts.has(name)) return;
    target.hurriedAtMs = world.clock.nowMs;
    void disk
      .commit(async () => table.hurry(name))
      .catch(() => undefined)
      .then(() => this.look());
  }

  #targetOf(name: string): Target {
    const known = this.#targets.get(name);
    if (known !== undefined) return known;
    const target: Target = { isRunning: false, isDue: false, hurriedAtMs: -Infinity, wakes: undefined };
    this.#targets.set(name, target);
    return target;
  }

  #wake(name: string, target: Target): void {
    target.isDue = true;
    this.#init.world.clock.stir();
    if (!target.isRunning) void this.#run(name, target);
  }

  async #run(name: string, target: Target): Promise<void> {
    const { disk, table, life } = this.#init;
    target.isRunning = true;
    while (target.isDue) {
      target.isDue = false;
      try {
        await this.#batch(name, await disk.read(async () => table.due(name)));
      } catch {
        // Its own database: what is due stays due.
        await life.sleep(this.#delayMs(0));
      }
    }
    target.isRunning = false;
    this.look();
  }

  /** Each errand is settled, whatever happens there. */
  async #batch(target: string, errands: readonly Errand[]): Promise<void> {
    const left = new Set(errands.filter((errand) => !this.#isOver(errand)));
    const settle = async (settled: readonly Settled[]): Promise<void> => {
      if (settled.length === 0) return;
      await this.#init.disk.commit(async () => this.#init.table.settle(target, settled));
      for (const { errand } of settled) left.delete(errand);
    };
    await settle(errands.filter((errand) => !left.has(errand)).map((errand) => ({ errand })));
    const of = (task: Errand['task']): Errand[] => [...left].filter((errand) => errand.task === task);
    try {
      await this.#tell(target, of('tell'), settle);
      await this.#bring(target, of('bring'), settle);
    } catch {
      await settle([...left].map((errand) => this.#later(errand)));
    }
  }

  async #bring(target: string, errands: readonly Errand[], settle: Settle): Promise<void> {
    if (errands.length === 0) return;
    const { disk, table } = this.#init;
    const answers = await callArchive(this.#init, target, 'offers', errands.map(offerOf));
    for (const [index, errand] of errands.entries()) {
      const { status, proof = '' } = answers[index]!;
      const way = wayTo(status);
      const departure = way && { crate: errand.crate, way, proof };
      const fits = departure !== undefined && table.fits(departure);
      switch (decideOffered('accepted', status === 'unknown' ? 'refused' : status, fits)) {
        case 'bring': {
          // It may have left since it was offered: then there is something to tell.
          const waits = await disk.read(() => table.departures.waitingAmong([errand.crate]));
          if (waits.length === 0) break;
          const { crate, expiryHour } = errand;
          const answer = await callArchive(this.#init, target, 'deposit', { crate, expiryHour });
          await settle([answer.status === 'accepted' ? { errand, isHeld: true } : this.#later(errand)]);
          break;
        }
        case 'held':
          await settle([{ errand, isHeld: true }]);
          break;
        case 'let-go':
          await disk.commit(async () => table.told(target, departure!));
          await settle([{ errand }]);
          break;
        case 'stop':
          await settle([{ errand }]);
          break;
        default:
          await settle([this.#later(errand)]);
      }
    }
  }

  async #tell(target: string, errands: readonly Errand[], settle: Settle): Promise<void> {
    const unheardOf = await this.#tellOnce(target, errands, settle);
    if (unheardOf.length === 0) return;
    const answers = await callArchive(this.#init, target, 'offers', unheardOf.map(offerOf));
    const offered: Errand[] = [];
    for (const [index, errand] of unheardOf.entries()) {
      const { status } = answers[index]!;
      const step = decideOffered(errand.state, status === 'unknown' ? 'refused' : status, false);
      if (step === 'tell') offered.push(errand);
      else await settle([step === 'later' ? this.#later(errand) : { errand }]);
    }
    const stillUnheardOf = await this.#tellOnce(target, offered, settle);
    await settle(stillUnheardOf.map((errand) => this.#later(errand)));
  }

  /** Answers those that the other archive knows nothing of. */
  async #tellOnce(target: string, errands: readonly Errand[], settle: Settle): Promise<readonly Errand[]> {
    if (errands.length === 0) return [];
    const told = errands.map(({ departure }) => departure!);
    const answers = await callArchive(this.#init, target, 'departures', told);
    const steps = errands.map((errand, index) => ({ errand, step: decideTold(answers[index]!.status) }));
    const of = (step: ReturnType<typeof decideTold>): Errand[] =>
      steps.filter((each) => each.step === step).map(({ errand }) => errand);
    await settle([
      ...of('done').map((errand) => ({ errand })),
      ...of('later').map((errand) => this.#later(errand)),
    ]);
    return of('offer');
  }

  /** Nothing is to be brought any more, or there is nothing that could be told. */
  #isOver({ task, state, expiryHour }: Errand): boolean {
    const age = ageOf(expiryHour, this.#init.seconds());
    if (task === 'bring') return state !== 'accepted' || age !== 'current';
    return wayTo(state) === undefined || age === 'forgettable';
  }

  #later(errand: Errand): Settled {
    return { errand, nextAttemptMs: this.#init.world.clock.nowMs + this.#delayMs(errand.attempts) };
  }

  /** Anywhere between a second and a bound that doubles each time. */
  #delayMs(failures: number): number {
    const { random, retryMsMax } = this.#init;
    const { retryMsMin } = crateTableLimits;
    const boundMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(failures + 1, 30));
    return Math.max(retryMsMin, random.between(0, boundMs));
  }
}

type Settle = (settled: readonly Settled[]) => Promise<void>;

const offerOf = ({ crate, expiryHour, others }: Errand): CrateOffer => ({
  crate,
  expiryHour,
  holders: [...others],
});
