/**
 * What one archive has committed about crates: their states and proofs, who else holds them and what is still to be done
 * there, and the offers of others (spec/custody.md, "Between archives" and "Errands"). Each method is one commit, in
 * which reading and deciding are one moment; what is decided, the life cycle of libs/protocol decides.
 */
import type { Departure } from '@holdfast/gossip';
import { MemoryDepartures, type DepositDecision } from '@holdfast/gossip/memory';
import {
  ageOf,
  decideOffer,
  limits,
  stateAfter,
  type CrateState,
  type DepartureAnswer,
  type Way,
} from '@holdfast/protocol';
import { crateTableLimits } from './limits.js';
import type { Crate, CrateOffer, CrateOfferAnswer, NamedArchives } from './messages.js';

export type Task = 'bring' | 'tell';

/** One thing to be done about one crate at one other archive. */
export interface Errand extends Crate {
  readonly task: Task;
  /** How many have failed. */
  readonly attempts: number;
  readonly state: CrateState;
  readonly departure: Departure | undefined;
  /** The crate's other holders. */
  readonly others: readonly string[];
}

export interface Settled {
  readonly errand: Errand;
  /** Absent when it is done; else when it is tried again. */
  readonly nextAttemptMs?: number;
  /** The crate was brought there, or is held there. */
  readonly isHeld?: boolean;
}

interface Holder {
  task: Task | 'none';
  attempts: number;
  nextAttemptMs: number;
  isHeld: boolean;
}

interface KeptOffer extends CrateOffer {
  untilMs: number;
  noted?: Departure;
}

export interface CrateTableInit {
  fits(departure: Departure): boolean;
  /** For one archive: of crates that have not come, and of which it has not told a proof yet. */
  readonly offersPerArchiveMax: number;
  /** A clock that nobody sets: when errands are tried again does not depend on the archive's own. */
  nowMs(): number;
}

export class CrateTable {
  readonly departures: MemoryDepartures;
  readonly #init: CrateTableInit;
  readonly #expiryHours = new Map<string, number>();
  readonly #holders = new Map<string, Map<string, Holder>>();
  readonly #offers = new Map<string, Map<string, KeptOffer>>();

  constructor(init: CrateTableInit) {
    this.#init = init;
    this.departures = new MemoryDepartures({
      fits: (departure) => init.fits(departure),
      left: ({ crate }) => this.#tellHolders(crate),
    });
  }

  fits(departure: Departure): boolean {
    return this.#init.fits(departure);
  }

  /** @param seconds by the archive's own clock, here and below */
  deposit({ crate, expiryHour }: Crate, named: NamedArchives, seconds: number): DepositDecision {
    const age = ageOf(expiryHour, seconds);
    const offers = [...(this.#offers.get(crate) ?? [])];
    if (age === 'current') {
      this.#expiryHours.set(crate, expiryHour);
      this.#addHolders(crate, named.bring ?? [], 'bring');
      this.#addHolders(crate, [...(named.holders ?? []), ...offers.flatMap(holdersOf)], 'none');
    }
    const noted = offers.flatMap(([, offer]) => offer.noted ?? []);
    const decision = this.departures.deposit(crate, age, noted);
    if ('becomes' in decision) this.#offers.delete(crate);
    const departure = this.departures.proofOf(crate);
    for (const [from, { noted: told }] of offers)
      if (told !== undefined && told === departure) this.#knows(crate, from);
    return decision;
  }

  offer(from: string, offer: CrateOffer, seconds: number): CrateOfferAnswer {
    const { crate, expiryHour } = offer;
    const here = this.departures.stateOf(crate);
    const known = this.#offers.get(crate)?.get(from);
    const hasRoom = known !== undefined || this.#offersOf(from) < this.#init.offersPerArchiveMax;
    const { answer } = decideOffer(here, ageOf(expiryHour, seconds), hasRoom);
    if (answer === 'wanted') {
      const untilMs = this.#init.nowMs() + crateTableLimits.offerKeptMs;
      const offers = this.#offers.get(crate) ?? new Map<string, KeptOffer>();
      this.#offers.set(crate, offers.set(from, { ...known, ...offer, untilMs }));
    }
    if (here === 'unknown') return { crate, status: answer };
    this.#addHolders(crate, [from, ...offer.holders], 'none');
    // It knows how the crate has left once it has the answer.
    if (here !== 'accepted') this.#knows(crate, from);
    const proof = this.departures.proofOf(crate)?.proof;
    return { crate, status: answer, ...(proof === undefined ? {} : { proof }) };
  }

  told(from: string, departure: Departure): DepartureAnswer {
    const { crate } = departure;
    const offer = this.#offers.get(crate)?.get(from);
    const { answer } = this.departures.hear(departure, offer !== undefined);
    switch (answer) {
      case 'noted':
        offer!.noted = departure;
        return { crate, status: 'noted' };
      case 'crate-not-found':
        return { crate, status: 'unknown' };
      case 'receipt-invalid':
      case 'discard-invalid':
      case 'recall-invalid':
        return { crate, status: 'refused', code: answer };
      default:
        this.#knows(crate, from);
        return { crate, status: answer };
    }
  }

  /** What time alone makes of crates and offers. */
  age(seconds: number): void {
    for (const [crate, state] of [...this.departures.states]) {
      const age = ageOf(this.#expiryHours.get(crate)!, seconds);
      if (age === 'current') continue;
      if (state === 'accepted') {
        this.departures.expire(crate);
        for (const holder of this.#holders.get(crate)!.values()) holder.task = 'none';
      } else if (age === 'forgettable') {
        this.departures.forget(crate);
        this.#expiryHours.delete(crate);
        this.#holders.delete(crate);
      }
    }
    for (const [crate, offers] of this.#offers) {
      for (const [from, { expiryHour, noted, untilMs }] of offers) {
        const isNeeded = noted !== undefined || this.#init.nowMs() < untilMs;
        if (ageOf(expiryHour, seconds) === 'forgettable' || !isNeeded) offers.delete(from);
      }
      if (offers.size === 0) this.#offers.delete(crate);
    }
  }

  /** At most as many as fit into one request. */
  due(target: string): Errand[] {
    const found: Errand[] = [];
    for (const [crate, holders] of this.#holders) {
      const holder = holders.get(target);
      if (holder === undefined || holder.task === 'none' || holder.nextAttemptMs > this.#init.nowMs())
        continue;
      found.push({
        crate,
        expiryHour: this.#expiryHours.get(crate)!,
        task: holder.task,
        attempts: holder.attempts,
        state: this.departures.stateOf(crate),
        departure: this.departures.proofOf(crate),
        others: [...holders.keys()].filter((name) => name !== target),
      });
    }
    return found.slice(0, limits.archiveCratesMax);
  }

  /** When something is to be done next, by target. */
  get nextAttempts(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const holders of this.#holders.values()) {
      for (const [name, { task, nextAttemptMs }] of holders) {
        if (task !== 'none') found.set(name, Math.min(nextAttemptMs, found.get(name) ?? Infinity));
      }
    }
    return found;
  }

  /** The crate may have left meanwhile: then there is another thing to be done, of which this says nothing. */
  settle(target: string, settled: readonly Settled[]): void {
    for (const { errand, nextAttemptMs, isHeld } of settled) {
      const holder = this.#holders.get(errand.crate)?.get(target);
      if (holder === undefined) continue;
      if (isHeld === true) holder.isHeld = true;
      if (holder.task !== errand.task) continue;
      if (nextAttemptMs === undefined) holder.task = 'none';
      else Object.assign(holder, { attempts: holder.attempts + 1, nextAttemptMs });
    }
  }

  /** The target is there: what waits for a later attempt is tried at once, and its next delays are short again. */
  hurry(target: string): void {
    for (const holders of this.#holders.values()) {
      const holder = holders.get(target);
      if (holder !== undefined && holder.nextAttemptMs > this.#init.nowMs())
        begin(holder, holder.task, this.#init.nowMs());
    }
  }

  /** What is still to be done. */
  get errands(): { readonly crate: string; readonly target: string }[] {
    return [...this.#holders].flatMap(([crate, holders]) =>
      [...holders].filter(([, { task }]) => task !== 'none').map(([target]) => ({ crate, target })),
    );
  }

  /** Of which anything is remembered. */
  get crates(): string[] {
    return [...new Set([...this.#expiryHours.keys(), ...this.#holders.keys(), ...this.#offers.keys()])];
  }

  #addHolders(crate: string, names: readonly string[], task: 'bring' | 'none'): void {
    const state = this.departures.stateOf(crate);
    const holders = this.#holders.get(crate) ?? new Map<string, Holder>();
    this.#holders.set(crate, holders);
    const isHere = state === 'accepted' || state === 'unknown';
    for (const name of names) {
      const known = holders.get(name);
      if (known === undefined && holders.size >= limits.holdersMax) continue;
      const holder: Holder = known ?? { task: 'none', attempts: 0, nextAttemptMs: 0, isHeld: false };
      holders.set(name, holder);
      if (known === undefined && !isHere && state !== 'expired') begin(holder, 'tell', this.#init.nowMs());
      if (isHere && task === 'bring' && holder.task === 'none' && !holder.isHeld) {
        begin(holder, 'bring', this.#init.nowMs());
      }
    }
  }

  #tellHolders(crate: string): void {
    for (const holder of this.#holders.get(crate)!.values()) begin(holder, 'tell', this.#init.nowMs());
  }

  #knows(crate: string, archive: string): void {
    const holder = this.#holders.get(crate)?.get(archive);
    if (holder?.task === 'tell') holder.task = 'none';
  }

  #offersOf(archive: string): number {
    const kept = [...this.#offers.values()].flatMap((offers) => offers.get(archive) ?? []);
    return kept.filter(({ noted }) => noted === undefined).length;
  }
}

const holdersOf = ([from, { holders }]: readonly [string, KeptOffer]): string[] => [from, ...holders];

function begin(holder: Holder, task: Holder['task'], nowMs: number): void {
  Object.assign(holder, { task, attempts: 0, nextAttemptMs: nowMs });
}

const ways: readonly Way[] = ['ack', 'discard', 'recall'];

/** The proof that a crate in this state has left on; none for one that waits, or has expired. */
export const wayTo = (state: string): Way | undefined => ways.find((way) => stateAfter[way] === state);
