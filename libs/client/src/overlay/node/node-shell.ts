/**
 * The node of libs/dht with a clock: calls it with the time, has its effects carried out in their order, and wakes it at
 * its deadline. Nothing is done to it any more once it has been stopped, which it also is when it breaks: the application
 * around it goes on without it.
 */
import type { Dht, Effect } from '@holdfast/dht';
import type { Clock } from '../../clock.js';

export interface NodeShellEvents {
  carry(effect: Effect): void;
  /** A call has been made, and what it left has been carried out. */
  settled(): void;
  broke(error: unknown): void;
}

export class NodeShell {
  #nowMs: number;
  #timer: { readonly at: number; readonly stop: () => void } | undefined;
  #isStopped = false;
  /** Effects that a call has left while others are being carried out come after those. */
  #isCarrying = false;

  constructor(
    readonly node: Dht,
    private readonly clock: Clock,
    private readonly events: NodeShellEvents,
  ) {
    this.#nowMs = clock.now();
    // The node may want to do something from its beginning on.
    queueMicrotask(() => this.tell(() => undefined));
  }

  /** False when the node has been stopped, and was not called. */
  tell(call: (node: Dht, nowMs: number) => void): boolean {
    if (this.#isStopped) return false;
    // A clock can be set back; the node's time never is.
    this.#nowMs = Math.max(this.#nowMs, this.clock.now());
    try {
      call(this.node, this.#nowMs);
      if (!this.#isCarrying) this.#carryAll();
    } catch (error) {
      this.stop();
      this.events.broke(error);
    }
    return true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.stop();
    this.#timer = undefined;
  }

  #carryAll(): void {
    this.#isCarrying = true;
    try {
      for (let effects = this.node.takeEffects(); effects.length > 0; effects = this.node.takeEffects()) {
        for (const effect of effects) if (!this.#isStopped) this.events.carry(effect);
      }
    } finally {
      this.#isCarrying = false;
    }
    this.#setTimer();
    this.events.settled();
  }

  #setTimer(): void {
    const at = this.node.nextDeadline;
    // A timer that fires too early sets the next one: cheaper than a new timer for every message.
    if (this.#isStopped || (at !== undefined && this.#timer !== undefined && this.#timer.at <= at)) return;
    this.#timer?.stop();
    this.#timer = undefined;
    if (at === undefined) return;
    const stop = this.clock.after(Math.max(0, at - this.clock.now()), () => {
      this.#timer = undefined;
      this.tell((node, nowMs) => node.advance(nowMs));
    });
    this.#timer = { at, stop };
  }
}
