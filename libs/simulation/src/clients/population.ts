/**
 * Who comes to a world, who serves, and who leaves. It begins in the steady state, with sessions under way and tables
 * that a client has kept; after that whoever leaves is followed by a newcomer who knows nobody but its archive.
 */
import type { Key } from '@holdfast/dht';
import { drawUnderWay, draw, type Distribution } from '../chance/distribution.js';
import type { Random } from '../chance/random.js';
import type { Archive } from './archive.js';
import { Client } from './client.js';
import type { ClientWorld } from './client-world.js';
import type { Conduct } from './conduct.js';
import { drawLastMileMs, drawRegion } from './distances.js';
import { keptContacts } from './kept-contacts.js';
import { randomKey } from './truth.js';
import { joinBytes } from './weights.js';

export interface PopulationInit {
  readonly world: ClientWorld;
  /** In minutes. */
  readonly sessions: Distribution;
  /** Phones, metered networks: never servers. */
  readonly observerShare: number;
  readonly serveAfterMinutes: number;
  /** Of the newcomers and of those that are there: how they behave, if not honestly. */
  readonly conductOf?: (random: Random) => Conduct | undefined;
}

/** Half of all sessions end with a goodbye; of the others some are noticed by the archive after its heartbeat only. */
const goodbyeShare = 0.5;
const unnoticedShare = 0.1;
const unnoticedMs = [15_000, 45_000] as const;
/** A WebSocket, a challenge, and its answer. */
const joinRoundTrips = 4;
const nearbyAtJoin = 8;
const startsWithinMs = 60_000;
const minuteMs = 60_000;

interface Arrival {
  readonly id?: Key;
  readonly archive?: Archive;
  readonly conduct?: Conduct | undefined;
  readonly bornAtMs?: number;
  readonly endsAtMs?: number;
}

export class Population {
  readonly #random: Random;
  #serial = 0;
  /** Whoever leaves is followed by a newcomer. */
  isRefilled = true;
  joined = 0;
  left = 0;

  constructor(readonly init: PopulationInit) {
    this.#random = init.world.random('population');
  }

  /** Everybody who is there in the steady state; their nodes start within the first minute. */
  begin(size: number): void {
    const { world, sessions } = this.init;
    for (let i = 0; i < size; i++) {
      const { age, rest } = drawUnderWay(sessions, this.#random);
      this.#add({
        bornAtMs: world.nowMs - Math.ceil(age * minuteMs),
        endsAtMs: world.nowMs + Math.ceil(rest * minuteMs),
      });
    }
    const random = world.random('kept');
    const inOrder = world.population
      .filter((client) => this.#serves(client, world.nowMs))
      .sort((a, b) => a.id.head - b.id.head);
    for (const client of inOrder) client.takeRole('server', world.nowMs);
    for (const client of world.population) {
      const kept = keptContacts(client, inOrder, random);
      world.clock.after(this.#random.whole(0, startsWithinMs), () => this.#start(client, () => kept));
    }
  }

  /** One who has not been there before. */
  join(): Client | undefined {
    const { world, sessions } = this.init;
    // Without an archive there is no way in.
    if (world.archives.every(({ isUp }) => !isUp)) return undefined;
    const endsAtMs = world.nowMs + Math.ceil(draw(sessions, this.#random) * minuteMs);
    const client = this.#add({ endsAtMs });
    const delayMs = joinRoundTrips * world.carrier.archiveMs(client);
    world.clock.after(delayMs, () => this.#start(client, () => []));
    return client;
  }

  /** A server that is there for good, and has been for long enough. */
  settle(arrival: Required<Pick<Arrival, 'id' | 'archive' | 'conduct'>>): Client {
    const { world, serveAfterMinutes } = this.init;
    const client = this.#add({ ...arrival, bornAtMs: world.nowMs - serveAfterMinutes * minuteMs }, true);
    world.clock.after(this.#random.whole(0, startsWithinMs), () => this.#start(client, () => []));
    return client;
  }

  leave(
    client: Client,
    { saidGoodbye = this.#random.happens(goodbyeShare), isFollowed = this.isRefilled } = {},
  ): void {
    if (!client.isUp) return;
    const { world } = this.init;
    client.isUp = false;
    this.left++;
    const last = world.population.pop()!;
    if (last !== client) {
      world.population[client.place] = last;
      last.place = client.place;
    }
    client.conduct?.ended(client);
    if (client.wake !== undefined) world.clock.callOff(client.wake);
    world.links.left(client, saidGoodbye);
    client.node = undefined;
    client.tried.clear();
    client.acquainted.clear();
    const isNoticed = saidGoodbye || !this.#random.happens(unnoticedShare);
    const afterMs = isNoticed ? world.carrier.archiveMs(client) : this.#random.whole(...unnoticedMs);
    world.clock.after(afterMs, () => {
      client.archive.remove(client);
      world.known.delete(client.id.text);
    });
    this.ended(client);
    if (isFollowed) this.join();
  }

  /** For whoever measures. */
  ended: (client: Client) => void = () => {};

  #add(arrival: Arrival, isServer = false): Client {
    const { world, observerShare, conductOf } = this.init;
    const region = drawRegion(this.#random);
    const canServe = !this.#random.happens(observerShare);
    const client = new Client(
      {
        serial: this.#serial++,
        id: arrival.id ?? randomKey(this.#random),
        archive: arrival.archive ?? this.#archiveFor(region) ?? world.archives[0]!,
        region,
        lastMileMs: drawLastMileMs(this.#random),
        bornAtMs: arrival.bornAtMs ?? world.nowMs,
        endsAtMs: arrival.endsAtMs ?? Infinity,
        canServe: canServe || isServer,
        conduct: 'conduct' in arrival ? arrival.conduct : conductOf?.(this.#random),
      },
      world.nowMs,
    );
    client.place = world.population.length;
    world.population.push(client);
    world.known.set(client.id.text, client);
    if (client.endsAtMs !== Infinity) world.clock.at(client.endsAtMs, () => this.leave(client));
    return client;
  }

  #start(client: Client, kept: () => readonly Client[]): void {
    const { world } = this.init;
    if (!client.isUp || !client.archive.isUp) return;
    this.joined++;
    if (this.#serves(client, world.nowMs) && client.role === 'observer') {
      client.takeRole('server', world.nowMs);
    }
    client.joinedAtMs = world.nowMs;
    client.node = world.createNode(client);
    client.paths.opened(client.archive.id, true);
    client.conduct?.joined(client);
    if (client.role === 'server') client.archive.add(client);
    client.meter.sentBytes += joinBytes.sent;
    client.meter.receivedBytes += joinBytes.received;
    world.tell(client, (node, nowMs) => {
      const contacts = kept().map(({ contact }) => contact);
      if (contacts.length > 0) node.learn(contacts, 'kept', nowMs);
      const nearby = client.archive.closest(client.id, nearbyAtJoin, client);
      node.learn(
        nearby.map(({ contact }) => contact),
        'hint',
        nowMs,
      );
    });
    if (client.canServe && client.role === 'observer') this.#planServing(client);
  }

  #planServing(client: Client): void {
    const { world, serveAfterMinutes } = this.init;
    const atMs = client.bornAtMs + serveAfterMinutes * minuteMs;
    if (atMs >= client.endsAtMs) return;
    world.clock.at(atMs, () => {
      if (!client.isUp) return;
      client.takeRole('server', world.nowMs);
      client.archive.add(client);
      world.tell(client, (node, nowMs) => node.setRole('server', nowMs));
    });
  }

  #serves(client: Client, nowMs: number): boolean {
    return client.canServe && nowMs - client.bornAtMs >= this.init.serveAfterMinutes * minuteMs;
  }

  /** Four of five have one of their region, where there is one; some archives are larger than others. */
  #archiveFor(region: number): Archive | undefined {
    const up = this.init.world.archives.filter(({ isUp }) => isUp);
    const near = up.filter((archive) => archive.region === region);
    const choices = near.length > 0 && this.#random.happens(0.8) ? near : up;
    if (choices.length === 0) return undefined;
    const [a, b] = [this.#random.oneOf(choices), this.#random.oneOf(choices)];
    return a.index < b.index ? a : b;
  }
}
