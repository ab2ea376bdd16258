/**
 * Which archives have their turn (spec/custody.md, "Errands"): one batch at a time at each, a bounded number of
 * archives at once, so that one which is unreachable, slow or full holds up no other. One that failed rests for a
 * moment, whatever is due there, until it is heard of. Nothing is remembered here that the tables do not know.
 */
import { archiveLimits } from '../limits.js';
import { restMs } from './backoff.js';
import { TargetSlots } from './target-slots.js';

/** `idle`: nothing was due. `worked`: the archive answered. `failed`: it did not. */
export type BatchOutcome = 'idle' | 'worked' | 'failed';

export interface DispatcherInit {
  /** Does a batch of what is due at one archive. Must not reject. */
  readonly runBatch: (url: string) => Promise<BatchOutcome>;
  /** Makes what waits there for later due now, and answers whether there is any. Must not reject. */
  readonly hurry: (url: string) => Promise<boolean>;
  /** Milliseconds, by a clock that nobody sets. */
  readonly now: () => number;
}

interface Target {
  isRunning: boolean;
  /** Something may be due that no batch has looked for. */
  isDue: boolean;
  /** Whether its last batch was one that others need not wait behind. */
  isProven: boolean;
  /** Batches in a row. */
  failures: number;
  restsUntil: number;
  hurriedAt: number;
}

export class ErrandDispatcher {
  private readonly targets = new Map<string, Target>();
  private readonly proven = new TargetSlots(archiveLimits.errandTargetsAtOnce);
  private readonly doubtful = new TargetSlots(archiveLimits.errandDoubtfulTargetsAtOnce);
  private readonly runs = new Set<Promise<void>>();
  private isStopped = false;

  constructor(private readonly init: DispatcherInit) {}

  /** Archives where the last batch failed. */
  get failing(): number {
    return [...this.targets.values()].filter(({ failures }) => failures > 0).length;
  }

  /** Something is due there. */
  due(url: string): void {
    const target = this.targetOf(url);
    if (target === undefined) return;
    target.isDue = true;
    if (target.isRunning || !this.mayRun(target)) return;
    target.isRunning = true;
    const run = this.run(url, target).finally(() => this.runs.delete(run));
    this.runs.add(run);
  }

  /** The archive there is alive: what waits for it is tried at once. */
  async heardOf(url: string): Promise<void> {
    const known = this.targets.get(url);
    const now = this.init.now();
    if (known !== undefined) {
      if (now - known.hurriedAt < archiveLimits.errandHurryMsMin) return;
      known.hurriedAt = now;
      known.restsUntil = 0;
    }
    const isWaiting = await this.init.hurry(url);
    if (isWaiting || known?.isDue === true) this.due(url);
  }

  /** Begins nothing more, and waits for what runs. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.runs);
  }

  private mayRun({ isDue, restsUntil }: Target): boolean {
    return isDue && !this.isStopped && this.init.now() >= restsUntil;
  }

  /** The place is given back after each batch, so that much to do at one archive is no wait for another. */
  private async run(url: string, target: Target): Promise<void> {
    while (this.mayRun(target)) {
      const leave = await (target.isProven ? this.proven : this.doubtful).take();
      target.isDue = false;
      const begun = this.init.now();
      const outcome = this.isStopped ? 'idle' : await this.init.runBatch(url);
      leave();
      if (outcome !== 'idle') await this.learn(url, target, outcome, begun);
    }
    target.isRunning = false;
  }

  private async learn(
    url: string,
    target: Target,
    outcome: 'worked' | 'failed',
    begun: number,
  ): Promise<void> {
    const now = this.init.now();
    const hadFailed = target.failures > 0;
    target.isProven = outcome === 'worked' && now - begun < archiveLimits.errandSlowMsMin;
    target.failures = outcome === 'worked' ? 0 : target.failures + 1;
    target.restsUntil = outcome === 'worked' ? 0 : now + restMs(target.failures);
    target.isDue = true;
    if (outcome === 'worked' && hadFailed) {
      target.hurriedAt = now;
      await this.init.hurry(url);
    }
  }

  /** Undefined when there are too many that are at work: the sweep comes back to this one. */
  private targetOf(url: string): Target | undefined {
    const known = this.targets.get(url);
    if (known !== undefined) return known;
    if (this.targets.size >= archiveLimits.errandTargetsMax && !this.forgetOne()) return undefined;
    const target = {
      isRunning: false,
      isDue: false,
      isProven: false,
      failures: 0,
      restsUntil: 0,
      hurriedAt: -Infinity,
    };
    this.targets.set(url, target);
    return target;
  }

  /** Those that work have half of the places for themselves, however many others hang. */
  private forgetOne(): boolean {
    const entries = [...this.targets];
    const mayForgetProven = entries.filter(([, { isProven }]) => isProven).length * 2 > entries.length;
    const idle = entries.filter(([, { isRunning }]) => !isRunning);
    const found = idle.find(([, { isProven }]) => !isProven) ?? (mayForgetProven ? idle[0] : undefined);
    return found !== undefined && this.targets.delete(found[0]);
  }
}
