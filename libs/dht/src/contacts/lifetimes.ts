/**
 * How long contacts stay, as this node sees it: the time that they were seen to be there, over how many of them have
 * left meanwhile. What is old counts for less. From it follows the pace of all upkeep: where contacts stay for
 * minutes, copies and tables that are looked after every ten are lost, and where they stay for hours, most of what is
 * asked of them tells nothing new (spec/dht.md, "Upkeep and conduct").
 */
const minute = 60_000;

/** What is taken for granted at first: the worst. A table of contacts that stay says otherwise within a minute. */
const priorMs = 3 * minute;
/** So many departures say enough: half of the evidence is forgotten then. */
const departuresMax = 32;
/** Counted from the one that is taken for granted: before anybody has left nothing is known. */
const departuresTelling = 2;
/** Who stays for so long on average needs no hurry. */
const calmMs = 60 * minute;
const paceMin = 0.1;
/** A table that is a little old costs a message when it is used; copies that are lost cost the item. */
const tablePaceMax = 2;

export class Lifetimes {
  #presentMs = priorMs;
  #departures = 1;

  /** A contact is there, as it was that long ago. Of one that has taken another's place it is not known since when. */
  stayed(ms: number): void {
    if (Number.isFinite(ms)) this.#presentMs += ms;
  }

  /** It was last seen that long ago, and has left at some time since. */
  left(ms: number): void {
    if (!Number.isFinite(ms)) return;
    this.#presentMs += ms / 2;
    if (++this.#departures < departuresMax) return;
    this.#departures /= 2;
    this.#presentMs /= 2;
  }

  /** One that was taken for one that has left was only slow. */
  returned(): void {
    this.#departures = Math.max(1, this.#departures - 1);
  }

  get meanMs(): number {
    return this.#presentMs / this.#departures;
  }

  /** Whether contacts have been seen to stay for less than that on average; not while that is only taken for granted. */
  areShorterThan(ms: number): boolean {
    return this.#departures >= departuresTelling && this.meanMs < ms;
  }

  /**
   * By what the intervals in which copies are looked after are to be multiplied. With the square root: what is lost
   * between two turns grows with their distance over the lifetime, what they cost with one over the distance.
   */
  get pace(): number {
    return Math.min(1, this.tablePace);
  }

  /** The same for the table itself, which may be looked after less often. */
  get tablePace(): number {
    return Math.max(paceMin, Math.min(tablePaceMax, Math.sqrt(this.meanMs / calmMs)));
  }
}
