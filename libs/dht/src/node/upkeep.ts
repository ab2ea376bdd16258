/**
 * What a node does by itself: it looks itself up after joining and from time to time, looks for others where it knows
 * few, and asks those that have been silent for long whether they are still there (spec/dht.md, "Upkeep and conduct").
 */
import type { Contact } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import { commonPrefix, Key, keyBytes } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import type { Lookups } from '../lookups/lookups.js';
import type { NodeContext } from './context.js';

/** So many times longer an observer's contacts may be silent. */
const observerQuiet = 2;

export interface UpkeepParts {
  readonly context: NodeContext;
  readonly table: RoutingTable;
  readonly lookups: Lookups;
}

export class Upkeep {
  /** Told or kept, and not yet believed: where a lookup begins that knows no better. */
  #told: Contact[] = [];
  /** Told or kept before it had joined: some of them may fill its table. */
  #kept: readonly Contact[] = [];
  #isJoining = false;
  #isLooking = false;
  #failures = 0;

  constructor(private readonly parts: UpkeepParts) {}

  begin(): void {
    const { context } = this.parts;
    context.after(context.settings.selfLookupMs * (0.5 + context.random()), () => this.#again());
    const { tablePace } = this.parts.table.lifetimes;
    context.after(context.settings.checkMs * tablePace * (0.5 + context.random()), () => this.#check());
  }

  get told(): readonly Contact[] {
    return this.#told;
  }

  learn(contacts: readonly Contact[]): void {
    const { table, context } = this.parts;
    for (const contact of contacts) {
      if (contact.id.equals(context.self.id) || table.has(contact.id)) continue;
      const { id, archive } = contact;
      if (this.#told.some((told) => told.id.equals(id) && told.archive === archive)) continue;
      if (this.#told.length >= dhtLimits.toldContactsMax) this.#told.shift();
      this.#told.push(contact);
    }
    if (table.size < context.settings.bucketSize) this.#join();
  }

  #join(): void {
    if (this.#isJoining || this.#told.length === 0) return;
    this.#isJoining = true;
    const { self, settings } = this.parts.context;
    this.#lookUp(self.id, Math.ceil(settings.bucketSize / 2), (closest) => {
      this.#isJoining = false;
      if (closest.length === 0) this.#joinLater();
      else this.#joined();
    });
  }

  #joinLater(): void {
    const { context } = this.parts;
    const delayMs = Math.min(dhtLimits.joinAgainMs * 2 ** this.#failures++, context.settings.selfLookupMs);
    context.after(delayMs * (0.5 + context.random()), () => {
      if (this.parts.table.size === 0) this.#join();
    });
  }

  /**
   * Those that it was told of are no beginning any more; and it looks into the other half, where nobody near it stands.
   * Most that come go again soon: who is still there a little later, among others that stay, makes itself known to all
   * its neighbours, and fills its table.
   */
  #joined(): void {
    const { context, table } = this.parts;
    this.#kept = this.#told;
    this.#told = [];
    this.#failures = 0;
    this.#lookUp(this.#keyIn(0), 1, () => {});
    context.after(dhtLimits.joinedMs * (0.75 + 0.5 * context.random()), () => {
      if (!table.lifetimes.areShorterThan(dhtLimits.lifetimeShortMs)) this.#lookAround();
    });
  }

  /** Others are reached by other ways than before; not by all of them at the same moment. */
  lookAroundSoon(): void {
    const { context } = this.parts;
    if (this.#isLooking) return;
    this.#isLooking = true;
    context.after(dhtLimits.lookAroundMs * context.random(), () => {
      this.#isLooking = false;
      this.#lookAround();
    });
  }

  #again(): void {
    const { context, table } = this.parts;
    // Where contacts come and go quickly, what they ask shows them soon enough.
    const delayMs = context.settings.selfLookupMs * Math.max(1, table.lifetimes.tablePace);
    this.#lookAround();
    context.after(delayMs * (0.75 + 0.5 * context.random()), () => this.#again());
  }

  #lookAround(): void {
    const { context, table } = this.parts;
    // Who serves nobody needs no neighbours.
    if (context.role === 'observer') this.#lookFarther();
    else this.#lookUp(context.self.id, context.settings.siblings, () => this.#fill(table.thinBuckets()));
  }

  /**
   * One bucket after another, from the farthest, and then anywhere. A node is told of its neighbours when it joins, and
   * of nobody between them and the other half: lookups go astray in tables that stay like this. Those that it has kept
   * from another time are asked first, which takes a message each.
   */
  #fill([bucket, ...others]: readonly number[]): void {
    if (bucket === undefined) {
      this.#kept = [];
      return this.#lookFarther();
    }
    this.#askKept(bucket, () => {
      const goOn = (): void => this.#fill(others);
      if (this.parts.table.thinBuckets().includes(bucket)) this.#lookFarther(this.#keyIn(bucket), goOn);
      else goOn();
    });
  }

  #askKept(bucket: number, ended: () => void): void {
    const { context, table } = this.parts;
    const { self } = context;
    const kept = this.#kept.filter(({ id }) => commonPrefix(self.id, id) === bucket && !table.has(id));
    let open = kept.length;
    if (open === 0) return ended();
    for (const contact of kept) {
      context.ask(contact, { kind: 'ping' }, () => {
        if (--open === 0) ended();
      });
    }
  }

  /** Those on the way are what it is for, not those at its end. */
  #lookFarther(target = randomKey(this.parts.context.random), ended: () => void = () => {}): void {
    this.#lookUp(target, this.parts.context.settings.disjointPaths, ended);
  }

  /**
   * A few at a time: whoever does not answer makes room for others. The more of them have left, the sooner others are
   * asked.
   */
  #check(): void {
    const { context, table } = this.parts;
    const { checkMs, quietMs } = context.settings;
    const { tablePace } = table.lifetimes;
    // Nobody is told of an observer's contacts: those that have left cost it a message when it next needs them.
    const silentMs = quietMs * tablePace * (context.role === 'observer' ? observerQuiet : 1);
    for (const contact of table.due(context.nowMs, silentMs, dhtLimits.checkedAtOnceMax)) {
      context.ask(contact, { kind: 'ping' }, () => {});
    }
    const delayMs = checkMs * tablePace;
    context.after(delayMs * (0.75 + 0.5 * context.random()), () => this.#check());
  }

  #lookUp(target: Key, width: number, ended: (closest: Contact[]) => void): void {
    const { lookups } = this.parts;
    lookups.begin(lookups.make({ target, width, ended }));
  }

  /** At random, among the keys that would stand in this bucket. */
  #keyIn(bucket: number): Key {
    const { self, random } = this.parts.context;
    const { bytes } = randomKey(random);
    const own = self.id.bytes;
    const byte = bucket >> 3;
    const differs = 0x80 >> (bucket & 7);
    const below = differs - 1;
    bytes.set(own.subarray(0, byte));
    bytes[byte] = ((own[byte]! ^ differs) & ~below) | (bytes[byte]! & below);
    return new Key(bytes);
  }
}

function randomKey(random: () => number): Key {
  return new Key(Uint8Array.from({ length: keyBytes }, () => Math.floor(random() * 256)));
}
