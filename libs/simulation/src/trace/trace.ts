/**
 * What happened in a world, as lines of text: a running hash of all of them, so that two runs can be compared in one
 * look, and the last few of them, for whoever has to understand a failure.
 */
import { Fnv1a } from './fnv1a.js';

export interface TraceInit {
  readonly nowMs: () => number;
  /** How many of the last lines are kept; 0 when not given. */
  readonly linesMax?: number;
}

export class Trace {
  readonly #nowMs: () => number;
  readonly #linesMax: number;
  readonly #hash = new Fnv1a();
  #lines: string[] = [];
  #count = 0;

  constructor({ nowMs, linesMax = 0 }: TraceInit) {
    this.#nowMs = nowMs;
    this.#linesMax = linesMax;
  }

  /** @param what one line, the same in every run of the same seed; `detail` is hashed but not kept */
  note(what: string, detail: string | Uint8Array = ''): void {
    const line = `${this.#nowMs()} ${what}`;
    this.#hash.add(line);
    if (typeof detail === 'string') this.#hash.add(detail);
    else this.#hash.addBytes(detail);
    this.#hash.add('\n');
    this.#count++;
    if (this.#linesMax === 0) return;
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#linesMax) this.#lines = this.#lines.slice(-this.#linesMax);
  }

  get count(): number {
    return this.#count;
  }

  /** The hash of everything noted so far. */
  hash(): string {
    return this.#hash.hex();
  }

  lines(): readonly string[] {
    return this.#linesMax === 0 ? [] : this.#lines.slice(-this.#linesMax);
  }
}
