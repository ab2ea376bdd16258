/**
 * One end of a connection between two nodes, as a WebSocket has it: frames arrive whole, in order, once, or not at all.
 * What is on its way when the connection breaks is lost, and neither side knows how much of it was. A side that has
 * closed, or whose node has died, hears nothing any more.
 */
import type { Timer } from '../time/virtual-clock.js';

export type Frame = string | Uint8Array;

/** What an end is told; the network calls it between events of the clock, never from within `send` or `close`. */
export interface EndListener {
  receive(frame: Frame): void;
  /** Once, and nothing comes after it; not when this side closed. @param code none: the other side ended in order */
  closed(code: string | undefined): void;
}

/** A connection broke: the other side is not there any more, or cannot be reached. */
export const connectionLost = 'connection-lost';

/** What ends see of the network between them. */
export interface Wire {
  readonly nowMs: number;
  after(delayMs: number, call: () => void): Timer;
  isBlocked(from: string, to: string): boolean;
  /** When a frame that leaves now has arrived, given when the one before it had left. */
  departure(
    from: string,
    to: string,
    sizeBytes: number,
    freeMs: number,
  ): { leftMs: number; travelMs: number };
  latencyMs(from: string, to: string): number;
  noteFrame(from: string, to: string, frame: Frame): void;
  noteArrival(from: string, to: string, frame: Frame): void;
  forget(end: ConnectionEnd): void;
}

/** On its way; without a frame it is the end of the connection. */
interface InFlight {
  readonly frame: Frame | undefined;
  readonly code: string | undefined;
  arrivesMs: number;
}

export class ConnectionEnd {
  other!: ConnectionEnd;
  listener: EndListener | undefined;
  #isOpen = true;
  #isReading = true;
  /** Sent from here and not read at the other end yet. */
  #inFlight: InFlight[] = [];
  #queuedBytes = 0;
  #freeMs = 0;
  #lastArrivesMs = 0;
  #arrival: Timer | undefined;
  #notice: Timer | undefined;
  #below: { readonly bytes: number; readonly call: () => void }[] = [];

  constructor(
    readonly from: string,
    readonly to: string,
    readonly wire: Wire,
  ) {}

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Nothing happens on an end that is closed: what was sent is lost. */
  send(frame: Frame): void {
    if (!this.#isOpen) return;
    this.wire.noteFrame(this.from, this.to, frame);
    this.#queuedBytes += frame.length;
    this.#post(frame, undefined, frame.length);
  }

  /** Calls back, at once or later, when no more than so many bytes wait to be read; never when the connection ends. */
  whenBelow(bytes: number, call: () => void): void {
    if (this.#queuedBytes <= bytes) call();
    else this.#below.push({ bytes, call });
  }

  /** In order: what was sent before arrives before it. */
  close(code?: string): void {
    if (!this.#isOpen) return;
    this.#post(undefined, code, 0);
    this.#leave();
  }

  /** Stops reading: what the other side sends stays on its way. */
  pause(): void {
    this.#isReading = false;
  }

  resume(): void {
    this.#isReading = true;
    this.other.#carryOn();
  }

  /**
   * This side is gone without a word: what it has sent is lost.
   * @param noticedAfterMs when the other side gets to know, if it does not earlier
   */
  die(noticedAfterMs: number): void {
    if (!this.#isOpen) return;
    this.#inFlight = [];
    this.#arrival?.cancel();
    this.#arrival = undefined;
    this.#freeMs = 0;
    this.#lastArrivesMs = this.wire.nowMs + noticedAfterMs;
    this.#post(undefined, connectionLost, 0);
    this.#leave();
  }

  /** The way to the other side is cut: gives up after so long unless it is whole again by then. */
  noticeAfter(delayMs: number): void {
    if (!this.#isOpen || this.#notice !== undefined) return;
    this.#notice = this.wire.after(delayMs, () => {
      this.#notice = undefined;
      this.#abandon();
    });
  }

  /** The way is free again, also for what a side that is gone has left on it. */
  healed(): void {
    this.#notice?.cancel();
    this.#notice = undefined;
    this.#carryOn();
  }

  #carryOn(): void {
    if (this.#arrival === undefined && this.#inFlight.length > 0) {
      this.#expect(this.wire.nowMs + this.wire.latencyMs(this.from, this.to));
    }
  }

  #post(frame: Frame | undefined, code: string | undefined, sizeBytes: number): void {
    const { leftMs, travelMs } = this.wire.departure(this.from, this.to, sizeBytes, this.#freeMs);
    this.#freeMs = leftMs;
    this.#lastArrivesMs = Math.max(this.#lastArrivesMs, leftMs + travelMs);
    this.#inFlight.push({ frame, code, arrivesMs: this.#lastArrivesMs });
    if (this.#inFlight.length === 1) this.#expect(this.#lastArrivesMs);
  }

  #expect(atMs: number): void {
    this.#arrival = this.wire.after(Math.max(0, atMs - this.wire.nowMs), () => {
      this.#arrival = undefined;
      this.#arrive();
    });
  }

  #arrive(): void {
    const { other, wire } = this;
    if (!other.#isOpen) return this.#clear();
    // Held up, until the way is healed.
    if (wire.isBlocked(this.from, this.to)) return;
    const [next] = this.#inFlight;
    if (next === undefined || (next.frame !== undefined && !other.#isReading)) return;
    this.#inFlight.shift();
    const following = this.#inFlight[0];
    if (following !== undefined) this.#expect(following.arrivesMs);
    if (next.frame === undefined) {
      other.#lose(next.code);
      return;
    }
    this.#queuedBytes -= next.frame.length;
    wire.noteArrival(this.from, this.to, next.frame);
    other.listener?.receive(next.frame);
    for (const waiting of this.#below.filter(({ bytes }) => this.#queuedBytes <= bytes)) {
      this.#below = this.#below.filter((one) => one !== waiting);
      waiting.call();
    }
  }

  /** This side gives the connection up; the other is told as soon as anything gets through. */
  #abandon(): void {
    const { listener } = this;
    this.die(0);
    listener?.closed(connectionLost);
  }

  #lose(code: string | undefined): void {
    if (!this.#isOpen) return;
    const { listener } = this;
    this.#clear();
    this.#leave();
    listener?.closed(code);
  }

  #clear(): void {
    this.#arrival?.cancel();
    this.#arrival = undefined;
    this.#inFlight = [];
  }

  #leave(): void {
    this.#isOpen = false;
    this.#notice?.cancel();
    this.#notice = undefined;
    this.#below = [];
    this.listener = undefined;
    this.wire.forget(this);
  }
}
