/** At most so many at a time, over all links of an archive; the others wait in the order in which they came. */
import { type Life, LinkOver } from './life.js';

/** Gives the place back; a second time does nothing. */
export type GiveBack = () => void;

export class Slots {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** @throws LinkOver when the link ends first */
  async take(life: Life): Promise<GiveBack> {
    life.check();
    if (this.#free > 0) this.#free--;
    else await this.#turn(life);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else next();
    };
  }

  #turn(life: Life): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        leave();
        resolve();
      };
      const takeBack = life.onOver(() => {
        leave();
        reject(new LinkOver());
      });
      const leave = (): void => {
        this.#waiting.delete(enter);
        takeBack();
      };
      this.#waiting.add(enter);
    });
  }
}
