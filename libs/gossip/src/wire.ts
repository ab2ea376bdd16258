/**
 * The sending half of a link: one frame after the other, each once the other side has read enough of those before. A
 * side that stops reading ends the link as `too-slow`.
 */
import { HoldfastError } from '@holdfast/protocol';
import { type Life, LinkOver } from './life.js';
import { gossipLimits } from './limits.js';
import type { Channel } from './ports.js';

export class Wire {
  bytesOut = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly channel: Channel,
    private readonly life: Life,
  ) {}

  /** Resolves when the channel has room again. */
  send(frame: string): Promise<void> {
    this.#tail = this.#tail.then(() => this.#sendNow(frame));
    return this.#tail;
  }

  /** Past everything that waits: the last thing that is said. */
  sendLast(frame: string): void {
    void this.channel.send(frame).catch(() => undefined);
  }

  async #sendNow(frame: string): Promise<void> {
    if (this.life.isOver) return;
    const takeBack = this.life.deadlines.after(gossipLimits.sendMsMax, () =>
      this.life.fail(
        new HoldfastError('too-slow', 'The peer has not read what was sent to it: the link was closed.'),
      ),
    );
    this.bytesOut += frame.length;
    try {
      await this.#untilOver(this.channel.send(frame));
    } catch (error) {
      if (error instanceof LinkOver) return;
      this.life.finish({ code: 'unavailable', detail: 'The connection broke.', by: 'them' });
    } finally {
      takeBack();
    }
  }

  /** A send that never comes back holds up nobody once the link is over. */
  #untilOver(sent: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const takeBack = this.life.onOver(() => reject(new LinkOver()));
      sent.then(resolve, reject).finally(takeBack);
    });
  }
}
