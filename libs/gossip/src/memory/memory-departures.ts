/**
 * The crates of one archive and how they have left, in memory. What becomes of a crate is decided by the life cycle of
 * libs/protocol (spec/crates.md, "Leaving"), as in archives. What a proof is, is a function: a simulation's need not be
 * cryptography.
 */
import { decideDeparture, decideDeposit, type CrateAge, type CrateState } from '@holdfast/protocol';
import { gossipLimits } from '../limits.js';
import type { Departure, DepartureStore } from '../ports.js';
import { Growth } from './growth.js';

export type DepositDecision = ReturnType<typeof decideDeposit>;
export type DepartureDecision = ReturnType<typeof decideDeparture>;

export interface MemoryDeparturesOptions {
  fits(departure: Departure): boolean;
  /** A crate has left on this proof, and every other holder has to be told: in the same commit. */
  left?(departure: Departure): void;
}

export class MemoryDepartures implements DepartureStore {
  readonly #states = new Map<string, CrateState>();
  readonly #left: Departure[] = [];
  readonly #proofs = new Map<string, Departure>();
  readonly #growth = new Growth();

  constructor(private readonly options: MemoryDeparturesOptions) {}

  /** @param noted proofs that came before the crate, whether they fit or not */
  deposit(crate: string, age: CrateAge = 'current', noted: readonly Departure[] = []): DepositDecision {
    const fitting = noted.find((departure) => this.options.fits(departure));
    const decision = decideDeposit(this.stateOf(crate), age, fitting?.way);
    if (decision.answer === 'accepted') this.#states.set(crate, decision.answer);
    else if ('becomes' in decision) this.#leave(fitting!, decision.becomes!, decision.told);
    return decision;
  }

  /** @param isOffered whether the archive that tells of it has offered the crate */
  hear(departure: Departure, isOffered = false): DepartureDecision {
    const fits = this.options.fits(departure);
    const decision = decideDeparture(this.stateOf(departure.crate), departure.way, fits, isOffered);
    if ('becomes' in decision) this.#leave(departure, decision.becomes, decision.told);
    return decision;
  }

  /** Its hour is over: told to nobody. */
  expire(crate: string): void {
    this.#states.set(crate, 'expired');
  }

  /** The tombstone is not needed any more. */
  forget(crate: string): void {
    this.#states.delete(crate);
    this.#proofs.delete(crate);
  }

  stateOf(crate: string): CrateState {
    return this.#states.get(crate) ?? 'unknown';
  }

  proofOf(crate: string): Departure | undefined {
    return this.#proofs.get(crate);
  }

  /** Everything but what is unknown. */
  get states(): ReadonlyMap<string, CrateState> {
    return this.#states;
  }

  get waiting(): string[] {
    return [...this.#states.keys()].filter((crate) => this.#waits(crate)).sort();
  }

  async after(cursor: number): Promise<{ crates: string[]; upTo: number }> {
    const some = this.#left.slice(cursor, cursor + gossipLimits.departuresMax);
    const crates = some.map(({ crate }) => crate).filter((crate) => this.#proofs.has(crate));
    return { crates, upTo: cursor + some.length };
  }

  async last(): Promise<number> {
    return this.#growth.last;
  }

  beyond(cursor: number, signal: AbortSignal): Promise<void> {
    return this.#growth.beyond(cursor, signal);
  }

  async waitingAmong(crates: readonly string[]): Promise<string[]> {
    return crates.filter((crate) => this.#waits(crate));
  }

  async proofsOf(crates: readonly string[]): Promise<Departure[]> {
    return crates.flatMap((crate) => this.#proofs.get(crate) ?? []);
  }

  async depart(departures: readonly Departure[]): Promise<boolean[]> {
    return departures.map((departure) => {
      this.hear(departure);
      return !this.#waits(departure.crate);
    });
  }

  #waits(crate: string): boolean {
    return this.stateOf(crate) === 'accepted';
  }

  #leave(departure: Departure, state: CrateState, isTold: boolean | undefined): void {
    this.#states.set(departure.crate, state);
    this.#left.push(departure);
    this.#proofs.set(departure.crate, departure);
    if (isTold) this.options.left?.(departure);
    this.#growth.grow();
    this.#growth.tell();
  }
}
