/** How crates have left, in memory. What a proof is, is a function: a simulation's need not be cryptography. */
import { gossipLimits } from '../limits.js';
import type { Departure, DepartureStore } from '../ports.js';
import { Growth } from './growth.js';

export interface MemoryDeparturesOptions {
  fits(departure: Departure): boolean;
}

export class MemoryDepartures implements DepartureStore {
  readonly #waiting = new Set<string>();
  readonly #left: Departure[] = [];
  readonly #byCrate = new Map<string, Departure>();
  readonly #growth = new Growth();

  constructor(private readonly options: MemoryDeparturesOptions) {}

  /** A crate that waits here from now on; false when it has left here before. */
  deposit(crate: string): boolean {
    if (this.#byCrate.has(crate)) return false;
    this.#waiting.add(crate);
    return true;
  }

  get waiting(): string[] {
    return [...this.#waiting].sort();
  }

  async after(cursor: number): Promise<{ crates: string[]; upTo: number }> {
    const crates = this.#left.slice(cursor, cursor + gossipLimits.departuresMax).map(({ crate }) => crate);
    return { crates, upTo: cursor + crates.length };
  }

  async last(): Promise<number> {
    return this.#growth.last;
  }

  beyond(cursor: number, signal: AbortSignal): Promise<void> {
    return this.#growth.beyond(cursor, signal);
  }

  async waitingAmong(crates: readonly string[]): Promise<string[]> {
    return crates.filter((crate) => this.#waiting.has(crate));
  }

  async proofsOf(crates: readonly string[]): Promise<Departure[]> {
    return crates.flatMap((crate) => this.#byCrate.get(crate) ?? []);
  }

  async depart(departures: readonly Departure[]): Promise<boolean[]> {
    const fits = departures.map((departure) => {
      if (!this.#waiting.has(departure.crate)) return true;
      if (!this.options.fits(departure)) return false;
      this.#waiting.delete(departure.crate);
      this.#left.push(departure);
      this.#byCrate.set(departure.crate, departure);
      this.#growth.grow();
      return true;
    });
    this.#growth.tell();
    return fits;
  }
}
