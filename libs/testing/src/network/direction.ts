/**
 * One direction of one connection through a path: bytes go from one socket to the other in order, late and slowly when
 * the path says so. What is under way is bounded: beyond it, nothing more is read from the side that sends.
 */
import type { Socket } from 'node:net';
import type { Slowness } from './weather.js';

/** As a window of TCP would be: with a latency, it bounds the speed too. */
const underWayBytesMax = 256 * 1024;
/** Pieces are small enough for a slow path to be slow evenly. */
const pieceBytesMax = 8 * 1024;

export interface DirectionInit {
  readonly from: Socket;
  readonly to: Socket;
  readonly slowness: () => Slowness;
  /** Nothing comes through at the moment; and nothing is even read. */
  readonly isSilent: () => boolean;
  readonly isDeaf: () => boolean;
  /** Called with what was read, before it goes on; answers until when it is held up (performance.now), or 0. */
  readonly onChunk: (chunk: Buffer) => number;
}

interface Piece {
  readonly bytes: Buffer;
  readonly arrivedAt: number;
}

export class Direction {
  readonly #pieces: Piece[] = [];
  #underWayBytes = 0;
  #hasEnded = false;
  #stalledUntil = 0;
  /** When the line is free for the next piece. */
  #freeAt = 0;
  #isFull = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly init: DirectionInit) {
    const { from, to } = init;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => {
      this.#hasEnded = true;
      this.#pump();
    });
    to.on('drain', () => {
      this.#isFull = false;
      this.#pump();
    });
    this.#pump();
  }

  /** The path has changed: what is under way follows the new rules. */
  changed(): void {
    this.#freeAt = 0;
    this.#pump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#pieces.length = 0;
  }

  #take(chunk: Buffer): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.init.onChunk(chunk));
    const arrivedAt = performance.now();
    for (let at = 0; at < chunk.length; at += pieceBytesMax) {
      this.#pieces.push({ bytes: chunk.subarray(at, at + pieceBytesMax), arrivedAt });
    }
    this.#underWayBytes += chunk.length;
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    const { from, to, isSilent, isDeaf, slowness } = this.init;
    const { latencyMs = 0, bytesPerSecond = Infinity } = slowness();
    while (this.#pieces.length > 0 && !this.#isFull && !isSilent() && to.writable) {
      const { bytes, arrivedAt } = this.#pieces[0]!;
      const now = performance.now();
      const dueAt = Math.max(arrivedAt + latencyMs, this.#freeAt, this.#stalledUntil);
      if (dueAt > now) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(dueAt - now));
        break;
      }
      this.#pieces.shift();
      this.#underWayBytes -= bytes.length;
      this.#freeAt = Math.max(now, this.#freeAt) + (bytes.length * 1000) / bytesPerSecond;
      this.#isFull = !to.write(bytes);
    }
    if (isDeaf() || this.#underWayBytes >= underWayBytesMax) from.pause();
    else from.resume();
    if (this.#hasEnded && this.#pieces.length === 0 && !isSilent() && to.writable) to.end();
  }
}
