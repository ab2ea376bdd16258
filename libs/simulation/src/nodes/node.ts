/**
 * Something that lives in a world: it has a name, a clock of its own that may be wrong, chance of its own, and it can
 * crash and start again. What it keeps in fields of a life is lost by a crash; what it has committed to its disk is not.
 */
import type { Random } from '../chance/random.js';
import { noticedAtOnce, type Noticing } from '../network/network.js';
import { Life } from './life.js';
import type { World } from './world.js';

export abstract class Node {
  readonly random: Random;
  #life: Life | undefined;
  /** By how much its clock is ahead of the true time. */
  skewMs = 0;

  constructor(
    readonly world: World,
    readonly name: string,
  ) {
    this.random = world.random(`node ${name}`);
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** What its own clock says. */
  nowMs(): number {
    return this.world.clock.nowMs + this.skewMs;
  }

  start(): void {
    if (this.#life !== undefined) return;
    this.world.trace.note(`${this.name} starts`);
    this.#life = new Life(this.world.clock);
    this.begin(this.#life);
  }

  /** @param noticing how its peers get to know: the process alone died (at once), or the machine did (late) */
  crash(noticing: Noticing = noticedAtOnce): void {
    if (this.#life === undefined) return;
    this.world.trace.note(`${this.name} crashes`);
    this.#life.end();
    this.#life = undefined;
    this.world.network.dropNode(this.name, noticing);
    this.ended();
  }

  /** Begins a life with what the disk has. */
  protected abstract begin(life: Life): void;

  /** The life is over: forgets what was in memory. */
  protected abstract ended(): void;
}
