/**
 * What people do in a world: some publish, and others read, popular things more often than others. Hot records are read
 * at least twice in every hour. Whoever has read a record keeps it, as libs/client does; what is found nowhere comes
 * from the archive, and counts as not found.
 */
import type { Dht, Effect } from '@holdfast/dht';
import { exactPow } from '../chance/exact.js';
import type { Random } from '../chance/random.js';
import type { Client } from './client.js';
import type { ClientWorld } from './client-world.js';
import type { FoundAt, Measures } from './measures.js';
import type { TrueRecord } from './truth.js';

interface Get {
  readonly record: TrueRecord;
  readonly startedAtMs: number;
  isHit: boolean;
  foundAt: FoundAt | undefined;
  latencyMs: number;
}

const hourMs = 3_600_000;
/** Readers and authors have been there for so long. */
const settledMs = 10_000;
/** The interval between two reads is so long at most, as a share of its mean. */
const longest = 1.25;
const zipf = 0.9;
const perHourMin = { hot: 2 * longest, warm: 0.2, cold: 0.02 } as const;

export class Workload {
  readonly #random: Random;
  readonly #gets = new Map<Client, Map<number, Get>>();
  /** Nobody starts to read after this. */
  endsAtMs = Infinity;

  constructor(
    readonly world: ClientWorld,
    readonly measures: Measures,
  ) {
    this.#random = world.random('workload');
  }

  /** Somebody publishes it then; who reads it afterwards follows from its rank among `of` of its popularity. */
  publishAt(atMs: number, record: TrueRecord, rank: number, of: number): void {
    this.world.clock.at(atMs, () => {
      const author = this.someone();
      if (author === undefined) return;
      this.publish(record, author);
      const { popularity } = record;
      if (popularity === 'unread') return;
      const perHour = perHourMin[popularity] * exactPow(of / (rank + 1), zipf);
      this.world.clock.after(this.#random.whole(5_000, Math.floor((hourMs / perHour) * longest)), () =>
        this.#readAgain(record, hourMs / perHour),
      );
    });
  }

  publish(record: TrueRecord, author: Client): void {
    record.publishedAtMs = this.world.nowMs;
    const { item, id, iat, place } = record;
    record.seenBy.add(author);
    this.world.tell(author, (node, nowMs) => node.store(place, { item, id, iat }, { pinned: false }, nowMs));
  }

  read(record: TrueRecord, reader = this.someone()): void {
    const { nowMs } = this.world;
    if (reader === undefined || nowMs > this.endsAtMs) return;
    this.world.tell(reader, (node) => {
      const search = node.search({ place: record.place }, {}, nowMs);
      const get = { record, startedAtMs: nowMs, isHit: false, foundAt: undefined, latencyMs: 0 };
      const gets = this.#gets.get(reader);
      if (gets === undefined) this.#gets.set(reader, new Map([[search, get]]));
      else gets.set(search, get);
    });
  }

  /** For the world to call: a search has something new. */
  found(at: Client, node: Dht, effect: Extract<Effect, { do: 'found' }>): void {
    const gets = this.#gets.get(at);
    const get = gets?.get(effect.search);
    if (gets === undefined || get === undefined) return;
    const { nowMs } = this.world;
    for (const found of effect.items) {
      if (found.item !== get.record.item) {
        this.measures.falseFinds++;
      } else if (!get.isHit) {
        get.isHit = true;
        get.foundAt = foundAtOf(effect.source);
        get.latencyMs = nowMs - get.startedAtMs;
        node.keep(get.record.place, found, nowMs);
      }
    }
    if (!effect.done) return;
    gets.delete(effect.search);
    if (gets.size === 0) this.#gets.delete(at);
    this.#measure(get, effect.cost);
    if (!get.isHit) this.#readFromArchive(at, get.record);
  }

  /** For the population to call: nobody waits for its answers any more. */
  left(client: Client): void {
    for (const get of this.#gets.get(client)?.values() ?? []) {
      if (get.isHit) this.#measure(get, undefined);
      else if (this.measures.isMeasuring) this.measures.abandoned++;
    }
    this.#gets.delete(client);
  }

  /** An honest client that has been there for a while. */
  someone(): Client | undefined {
    const { population, nowMs } = this.world;
    for (let tries = 0; tries < 50 && population.length > 0; tries++) {
      const client = this.#random.oneOf(population);
      const isSettled = client.node !== undefined && nowMs - client.joinedAtMs >= settledMs;
      if (isSettled && client.conduct === undefined) return client;
    }
    return undefined;
  }

  #readAgain(record: TrueRecord, meanMs: number): void {
    if (this.world.nowMs > this.endsAtMs) return;
    this.read(record);
    const pauseMs = Math.ceil(meanMs * this.#random.between(2 - longest, longest));
    this.world.clock.after(pauseMs, () => this.#readAgain(record, meanMs));
  }

  #measure(
    { record, foundAt, latencyMs, startedAtMs }: Get,
    cost: { readonly hops: number; readonly messages: number } | undefined,
  ): void {
    this.measures.get({
      popularity: record.popularity,
      foundAt,
      latencyMs: foundAt === undefined ? this.world.nowMs - startedAtMs : latencyMs,
      cost,
      ageMs: startedAtMs - (record.publishedAtMs ?? startedAtMs),
      atMs: startedAtMs,
    });
  }

  #readFromArchive(at: Client, { place, item, id, iat }: TrueRecord): void {
    if (!at.archive.isUp) return;
    if (this.measures.isMeasuring) this.measures.fromArchive++;
    const roundTripMs = 2 * this.world.carrier.archiveMs(at);
    this.world.clock.after(roundTripMs, () =>
      this.world.tell(at, (node, nowMs) => node.keep(place, { item, id, iat }, nowMs)),
    );
  }
}

function foundAtOf(source: Extract<Effect, { do: 'found' }>['source']): FoundAt {
  if (source === undefined || source.in === 'flood') return 'flood';
  if (source.in === 'local') return 'local';
  return (['ring0', 'ring1', 'ring2'] as const)[source.ring] ?? 'ring2';
}
