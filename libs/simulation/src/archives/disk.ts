/**
 * What stands between an archive's link and its tables: a disk that takes time, on which a crash can fall before or
 * after a commit, and between two parts of one; and a database that is away for a while. What was committed stays.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Life } from '../nodes/life.js';
import type { Random } from '../chance/random.js';

export type CrashPoint = 'before-commit' | 'after-commit';

export interface DiskInit {
  readonly life: Life;
  readonly random: Random;
  readonly speed: DiskSpeed;
  /** Ends the life; called at most once. */
  readonly crash: () => void;
}

export interface DiskSpeed {
  /** How long a read and a commit take on average; 0: no time. */
  readonly readMsMean: number;
  readonly commitMsMean: number;
  /** How many commits in one fail: half of these took effect, and only the answer was lost. */
  readonly failureRate: number;
}

export class Disk {
  readonly #init: DiskInit;
  /** The next commit that it falls on ends the life there. */
  crashAt: CrashPoint | undefined;
  /** Whether the database is away. */
  isAway = false;
  /** No commit fails any more. */
  isSound = false;

  constructor(init: DiskInit) {
    this.#init = init;
  }

  async read<Value>(work: () => Promise<Value>): Promise<Value> {
    await this.#takeTime(this.#init.speed.readMsMean);
    this.#check();
    return this.#init.life.within(work());
  }

  /** @param work takes effect as a whole, at one moment of virtual time */
  async commit<Value>(work: () => Promise<Value>): Promise<Value> {
    const { life, random, speed } = this.#init;
    await this.#takeTime(speed.commitMsMean);
    this.#check();
    this.#crashIf('before-commit');
    if (life.isOver) return life.within(new Promise(() => {}));
    const fails = random.happens(this.isSound ? 0 : speed.failureRate);
    if (fails && random.happens(0.5)) throw failure();
    const value = await work();
    if (fails) throw failure();
    this.#crashIf('after-commit');
    await this.#takeTime(speed.commitMsMean);
    return life.within(Promise.resolve(value));
  }

  async #takeTime(meanMs: number): Promise<void> {
    if (meanMs > 0) await this.#init.life.sleep(this.#init.random.exponential(meanMs));
    else await this.#init.life.within(Promise.resolve());
  }

  #check(): void {
    if (this.isAway) throw failure();
  }

  #crashIf(point: CrashPoint): void {
    if (this.crashAt !== point) return;
    this.crashAt = undefined;
    this.#init.crash();
  }
}

const failure = (): HoldfastError => new HoldfastError('unavailable', 'The database is away.');
