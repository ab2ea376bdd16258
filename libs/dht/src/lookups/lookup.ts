/**
 * One iterative lookup: asks ever closer contacts until the closest that are alive have answered. It goes along disjoint
 * paths: each asks one contact at a time, only those that it was told of itself, and no contact stands on two of them, so
 * that liars lead astray the paths that meet them and not the others (spec/dht.md, "Lookups").
 */
import type { Contact } from '../contacts/contact.js';
import { compareDistance, type Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { dhtLimits } from '../limits.js';
import type { Answer, ToldContact } from '../messages/message.js';
import type { NodeContext, NoAnswer } from '../node/context.js';

export type Found = Extract<Answer, { kind: 'found' }>;

export interface LookupTask {
  readonly target: Key;
  /** With it, whoever holds something there gives it along. */
  readonly place?: Place;
  /** So many of the closest must have answered. */
  readonly width: number;
  /** @param hops the length of the chain of answers that led to this one, it included */
  answered?(from: Contact, found: Found, hops: number): void;
  /** Once, and never after `cancel`. */
  ended(closest: Contact[]): void;
}

/** What fits into the counts of one pass. */
const pathsMax = 4;

const enum State {
  Fresh,
  Asked,
  Answered,
  Failed,
  /** There was no way to it. */
  Unreached,
}

class Candidate {
  state = State.Fresh;
  /** It has given something that is held at the place. */
  isHolder = false;
  /** It is asked a second time at most. */
  isAgain = false;

  constructor(
    readonly contact: Contact,
    readonly path: number,
    readonly hops: number,
    /** How far its first bits are from the target, which decides nearly every comparison. */
    readonly distance: number,
  ) {}
}

export class Lookup {
  /** By their distance. */
  readonly #candidates: Candidate[] = [];
  readonly #paths: number;
  readonly #ownWidth: number;
  /** One bit a path: whether it waits for an answer. */
  #waiting = 0;
  #isOver = false;
  /** Requests and answers. */
  messages = 0;
  /** By path: what one uses up is not taken from the others. */
  readonly #asks: number[];
  readonly #counts: number[];

  constructor(
    private readonly context: NodeContext,
    readonly task: LookupTask,
  ) {
    this.#paths = Math.min(context.settings.disjointPaths, pathsMax);
    this.#ownWidth = Math.ceil(task.width / this.#paths);
    this.#asks = new Array<number>(this.#paths).fill(0);
    this.#counts = new Array<number>(this.#paths).fill(0);
  }

  /** Deals the contacts out to the paths, the closest first, and begins; with nobody it waits a little for a hint. */
  begin(contacts: readonly Contact[]): void {
    if (contacts.length === 0) {
      this.context.after(this.context.settings.hedgeMs, () => this.#goOn());
      return;
    }
    for (let i = 0; i < contacts.length; i++) this.#add(contacts[i]!, i % this.#paths, 0);
    this.#goOn();
  }

  /** What an archive names begins one of the paths, and no other. */
  hinted(contacts: readonly Contact[]): void {
    if (this.#isOver) return;
    const count = Math.min(contacts.length, dhtLimits.contactsPerAnswerMax);
    for (let i = 0; i < count; i++) this.#add(contacts[i]!, this.#paths - 1, 0);
    this.#goOn();
  }

  cancel(): void {
    this.#isOver = true;
  }

  /** Those that have answered, the closest first. */
  answerers(max: number): Contact[] {
    const closest: Contact[] = [];
    for (const { state, contact } of this.#candidates) {
      if (closest.length === max) break;
      if (state === State.Answered && closest.at(-1)?.id.equals(contact.id) !== true) closest.push(contact);
    }
    return closest;
  }

  /** The closest one that has answered, and holds nothing there. */
  get closestWithout(): Contact | undefined {
    return this.#candidates.find(({ state, isHolder }) => state === State.Answered && !isHolder)?.contact;
  }

  #add(contact: ToldContact, path: number, hops: number): void {
    const { id } = contact;
    if (id.equals(this.context.self.id)) return;
    const candidates = this.#candidates;
    const distance = headDistance(this.task.target, id);
    let low = 0;
    let high = candidates.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = candidates[middle]!;
      const order = other.distance - distance || compareDistance(this.task.target, other.contact.id, id);
      if (order === 0) {
        // Beside another archive it is somebody else, for all that is known: else one false word would hide the true one.
        const known = this.#knownAt(middle, contact);
        if (known !== undefined) return this.#wayFound(known, contact);
      }
      if (order <= 0) low = middle + 1;
      else high = middle;
    }
    if (candidates.length >= dhtLimits.lookupCandidatesMax) {
      const giving = this.#pathToGive(path);
      const farthest = this.#farthestToSpare(giving);
      if (farthest < (giving === path ? low : 0)) return;
      candidates.splice(farthest, 1);
      this.#counts[giving]!--;
      if (farthest < low) low--;
    }
    this.#counts[path]!++;
    candidates.splice(low, 0, new Candidate(contact, path, hops, distance));
  }

  /** @param at a candidate of the same id; all of them stand together */
  #knownAt(at: number, { id, archive }: Contact): Candidate | undefined {
    const candidates = this.#candidates;
    let first = at;
    while (first > 0 && candidates[first - 1]!.contact.id.equals(id)) first--;
    for (let i = first; candidates[i]?.contact.id.equals(id) === true; i++) {
      if (candidates[i]!.contact.archive === archive) return candidates[i];
    }
    return undefined;
  }

  /** Whoever has a direct link to it forwards. */
  #wayFound(candidate: Candidate, { linked }: ToldContact): void {
    if (linked !== true || candidate.state !== State.Unreached || candidate.isAgain) return;
    candidate.isAgain = true;
    candidate.state = State.Fresh;
  }

  /** The path itself: whoever tells much pushes out nobody that others have told of. But each has a share of its own. */
  #pathToGive(path: number): number {
    const counts = this.#counts;
    if (counts[path]! >= Math.floor(dhtLimits.lookupCandidatesMax / this.#paths)) return path;
    let most = path;
    for (let other = 0; other < counts.length; other++) if (counts[other]! > counts[most]!) most = other;
    return most;
  }

  /** -1 for none. */
  #farthestToSpare(path: number): number {
    return this.#candidates.findLastIndex(
      (candidate) =>
        candidate.path === path && candidate.state !== State.Asked && candidate.state !== State.Answered,
    );
  }

  /**
   * A path asks its closest contact if that is one of the closest of all, or of its own: so a path that is misled does
   * not end the others.
   */
  #goOn(): void {
    if (this.#isOver) return;
    const { width } = this.task;
    const all = (1 << this.#paths) - 1;
    let alive = 0;
    let own = 0;
    let hungry = this.#paths;
    for (const candidate of this.#candidates) {
      if (candidate.state === State.Failed || candidate.state === State.Unreached) continue;
      const { path } = candidate;
      const shift = path * 8;
      const ofOwn = (own >> shift) & 0xff;
      const isClose = alive < width || ofOwn < this.#ownWidth;
      alive++;
      if (ofOwn < this.#ownWidth) {
        own = (own + (1 << shift)) | 0;
        if (ofOwn + 1 === this.#ownWidth) hungry--;
      } else if (hungry === 0 && alive > width) break;
      if (!isClose || candidate.state !== State.Fresh || (this.#waiting & (1 << path)) !== 0) continue;
      if (this.#asks[path]! >= dhtLimits.lookupAsksPerPathMax) continue;
      this.#ask(candidate);
      if (this.#waiting === all) return;
    }
    if (this.#waiting !== 0) return;
    this.#isOver = true;
    this.task.ended(this.answerers(width));
  }

  #ask(candidate: Candidate): void {
    const { target, place } = this.task;
    candidate.state = State.Asked;
    this.#waiting |= 1 << candidate.path;
    this.#asks[candidate.path]!++;
    this.messages++;
    this.context.ask(
      candidate.contact,
      place === undefined ? { kind: 'find', target } : { kind: 'find', target, place },
      (answer) => this.#answered(candidate, answer),
    );
  }

  #answered(candidate: Candidate, answer: Answer | NoAnswer): void {
    this.#waiting &= ~(1 << candidate.path);
    if (typeof answer === 'string' || answer.kind !== 'found') {
      candidate.state = answer === 'gone' ? State.Unreached : State.Failed;
      if (typeof answer !== 'string') this.messages++;
      this.#goOn();
      return;
    }
    candidate.state = State.Answered;
    this.messages++;
    if (this.#isOver) return;
    const { contacts, items } = answer;
    candidate.isHolder = items.length > 0;
    const hops = candidate.hops + 1;
    const count = Math.min(contacts.length, dhtLimits.contactsPerAnswerMax);
    for (let i = 0; i < count; i++) this.#add(contacts[i]!, candidate.path, hops);
    this.task.answered?.(candidate.contact, answer, hops);
    this.#goOn();
  }
}

/** In the order of distances, with a sign: an engine keeps numbers above 2^31 in an object of their own. */
const headDistance = (target: Key, id: Key): number => (target.head ^ id.head ^ 0x80000000) | 0;
