/**
 * Has the keeper follow the log in the background: some time after a commit, and rarely without having heard of one. It
 * rests several times as long as it has worked, so that those who publish have the database to themselves; whoever opens
 * a set does not wait for it.
 */
import { archiveLimits } from '../../limits.js';
import type { SetKeeper } from './set-keeper.js';

export class SetUpkeep {
  private timer: NodeJS.Timeout | undefined;
  /** When the timer is due, in the process's own milliseconds. */
  private dueMs = Number.POSITIVE_INFINITY;
  private restUntilMs = 0;
  private working: Promise<void> | undefined;
  private wasPoked = false;
  private isStopped = false;

  constructor(
    private readonly keeper: Pick<SetKeeper, 'step'>,
    private readonly onTrouble: (error: unknown) => void,
    private readonly bounds: {
      readonly setUpkeepMsMin: number;
      readonly setUpkeepPollMs: number;
      readonly setUpkeepRestFactor: number;
    } = archiveLimits,
  ) {}

  start(): void {
    this.workWithin(0);
  }

  /** There may be new entries. */
  readonly poke = (): void => {
    if (this.working === undefined) this.workWithin(this.bounds.setUpkeepMsMin);
    else this.wasPoked = true;
  };

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  private workWithin(waitMs: number): void {
    const nowMs = performance.now();
    const dueMs = Math.max(nowMs + waitMs, this.restUntilMs);
    if (this.isStopped || dueMs >= this.dueMs) return;
    this.dueMs = dueMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.dueMs = Number.POSITIVE_INFINITY;
      this.working = this.work();
    }, dueMs - nowMs).unref();
  }

  private async work(): Promise<void> {
    const begunMs = performance.now();
    this.wasPoked = false;
    let isBehind = false;
    try {
      isBehind = await this.keeper.step();
    } catch (error) {
      if (!this.isStopped) this.onTrouble(error);
    }
    const tookMs = performance.now() - begunMs;
    const { setUpkeepMsMin, setUpkeepPollMs, setUpkeepRestFactor } = this.bounds;
    this.restUntilMs = performance.now() + tookMs * (isBehind ? 1 : setUpkeepRestFactor);
    this.working = undefined;
    this.workWithin(isBehind ? 0 : this.wasPoked ? setUpkeepMsMin : setUpkeepPollMs);
  }
}
