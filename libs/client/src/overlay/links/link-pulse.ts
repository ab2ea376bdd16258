/**
 * Whether the other side of a link is still there (spec/direct.md, "Packets"). WebRTC itself takes half a minute to notice
 * that it is not; so when something is sent after a silence the other side is asked, and has a moment to answer. A link
 * that nobody uses costs nothing.
 */
import type { Clock } from '../../clock.js';
import { linkLimits } from './link-limits.js';

/** The messages that ask and answer: neither is part of a packet. */
export const pulse = { asks: 3, answers: 4 } as const;

export const isPulse = (message: Uint8Array, kind: number): boolean =>
  message.length === 1 && message[0] === kind;

export class LinkPulse {
  #heardAtMs: number;
  #stopTimer: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly ask: () => void,
    private readonly isGone: () => void,
  ) {
    this.#heardAtMs = clock.now();
  }

  heard(): void {
    this.#heardAtMs = this.clock.now();
    this.end();
  }

  sent(): void {
    const isSilent = this.clock.now() >= this.#heardAtMs + linkLimits.silenceMs;
    if (!isSilent || this.#stopTimer !== undefined) return;
    this.#stopTimer = this.clock.after(linkLimits.pulseAnswerMs, this.isGone);
    this.ask();
  }

  end(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}
