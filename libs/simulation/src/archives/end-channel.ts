/** A connection of the virtual network as the channel of a link: text frames, with back-pressure. */
import type { Channel } from '@holdfast/gossip';
import { connectionLost, type ConnectionEnd } from '../network/connection.js';
import type { VirtualClock } from '../time/virtual-clock.js';

/** What may wait to be read by the other side before a sender has to wait too. */
const queuedBytesMax = 64 * 1024;

export class EndChannel implements Channel {
  readonly #end: ConnectionEnd;
  readonly #clock: VirtualClock;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(end: ConnectionEnd, clock: VirtualClock) {
    this.#end = end;
    this.#clock = clock;
  }

  send(frame: string): Promise<void> {
    if (!this.#end.isOpen) return Promise.reject(new Error(connectionLost));
    this.#end.send(frame);
    if (this.#end.queuedBytes <= queuedBytesMax) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#end.whenBelow(queuedBytesMax, () => {
        this.#waiting.delete(reject);
        this.#clock.stir();
        resolve();
      });
    });
  }

  close(code?: string): void {
    this.#end.close(code);
    this.over();
  }

  /** The connection has ended: nobody waits any more. */
  over(): void {
    for (const reject of this.#waiting) reject(new Error(connectionLost));
    this.#waiting.clear();
    this.#clock.stir();
  }
}
