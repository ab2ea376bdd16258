/** Who wants to know when other clients can be reached, or no longer, and those who wait until they can be. */
import type { Clock } from '../../clock.js';
import type { StopSignal } from '../../stopper.js';
import type { OverlayNode } from './overlay-node.js';

export class Reachability {
  readonly #listeners = new Set<() => void>();
  #isOver = false;

  /** @param reachable the node when others can be reached through it */
  constructor(
    private readonly clock: Clock,
    private readonly reachable: () => OverlayNode | undefined,
  ) {}

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Nobody waits any longer. */
  end(): void {
    this.#isOver = true;
    this.changed();
  }

  /** The node as soon as others can be reached through it, or undefined. */
  async within(waitMs: number, signal: StopSignal): Promise<OverlayNode | undefined> {
    if (waitMs === 0 || this.reachable() !== undefined || signal.aborted) return this.reachable();
    await new Promise<void>((resolve) => {
      const end = (): void => {
        stopTimer();
        stopLooking();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const look = (): void => {
        if (this.reachable() !== undefined || this.#isOver) end();
      };
      const stopTimer = this.clock.after(waitMs, end);
      const stopLooking = this.onChange(look);
      signal.addEventListener('abort', end);
    });
    return this.reachable();
  }
}
