/**
 * A world of clients: archives that relay, a population that comes and goes, and in every client the node of libs/dht
 * as applications run it. The world carries the node's effects out and verifies from its own truth. A seed says everything
 * that happens, to the last message.
 */
import {
  DhtNode,
  isRequest,
  messageBytes,
  type Dht,
  type DhtSettings,
  type Effect,
  type Item,
  type Message,
  type Misbehaviour,
} from '@holdfast/dht';
import { Random } from '../chance/random.js';
import { PlainClock } from '../time/plain-clock.js';
import { WordHash } from '../trace/word-hash.js';
import { Archive } from './archive.js';
import { Carrier } from './carrier.js';
import type { Client } from './client.js';
import { DirectLinks } from './direct-links.js';
import { drawRegion } from './distances.js';
import { randomKey, Truth } from './truth.js';
import { nearbyBytes, weightsOf, type Weights } from './weights.js';

export interface ClientWorldInit {
  readonly seed: number | string;
  readonly archives: number;
  /** Of all pairs of clients: no direct link is ever possible between them. */
  readonly neverDirectShare: number;
  /** Of all messages. */
  readonly lossShare: number;
  readonly settings: Partial<DhtSettings>;
  /** Whether clients remember who is linked to whom: it takes most of the memory, and matters where archives fail. */
  readonly learnsRoutes: boolean;
  readonly found: (at: Client, node: Dht, effect: Extract<Effect, { do: 'found' }>) => void;
}

/** 1 January 2027. */
const startMs = 1_798_761_600_000;
const minuteMs = 60_000;
const hintContacts = 8;

export class ClientWorld {
  readonly startMs = startMs;
  readonly clock = new PlainClock(startMs);
  readonly hash = new WordHash();
  readonly truth: Truth;
  readonly archives: readonly Archive[];
  readonly carrier: Carrier;
  readonly links: DirectLinks;
  readonly weights: Weights;
  /** Who is there. */
  readonly population: Client[] = [];
  /** Who is there, or has left without its archive knowing it yet. */
  readonly known = new Map<string, Client>();
  /** What nodes have noticed of others. */
  readonly misbehaved: Partial<Record<Misbehaviour, number>> = {};

  constructor(readonly init: ClientWorldInit) {
    this.truth = new Truth(this.random('truth'));
    this.weights = weightsOf(messageBytes);
    const places = this.random('archives');
    this.archives = Array.from(
      { length: init.archives },
      (_, index) => new Archive(index, randomKey(places).text, drawRegion(places)),
    );
    const { clock, hash, weights, known: clients } = this;
    this.carrier = new Carrier({
      clock,
      hash,
      startMs,
      weights,
      clients,
      random: this.random('network'),
      lossShare: init.lossShare,
      archives: new Map(this.archives.map((archive) => [archive.id, archive])),
      arrived: (at, from, message) => this.#arrived(at, from, message),
      gone: (at, id, archive) => this.tell(at, (node, nowMs) => node.gone(id, nowMs, archive)),
    });
    this.links = new DirectLinks({
      clock,
      weights,
      clients,
      random: this.random('links'),
      carrier: this.carrier,
      neverShare: init.neverDirectShare,
      changed: (at, other, isLinked) => {
        at.paths.linked(other.id, isLinked);
        this.tell(at, (node, nowMs) => node.linked(other.id, isLinked, nowMs));
      },
    });
    this.#gossip(this.random('gossip'));
  }

  get nowMs(): number {
    return this.clock.nowMs;
  }

  /** The stream of this name: the same one from its beginning each time it is asked for. */
  random(name: string): Random {
    return Random.stream(this.init.seed, name);
  }

  /** It is down, or comes back: its clients notice at once, since their connections to it end. */
  turnArchive(archive: Archive, isUp: boolean): void {
    archive.isUp = isUp;
    for (const client of this.population) {
      if (client.archive !== archive || client.node === undefined) continue;
      client.paths.opened(archive.id, isUp);
      this.tell(client, (node, nowMs) => node.relayed(isUp, nowMs));
    }
  }

  /** Calls its node, when it is there and has joined, and carries out what that leads to. */
  tell(client: Client, call: (node: Dht, nowMs: number) => void): void {
    if (!client.isUp || client.node === undefined) return;
    call(client.node, this.clock.nowMs);
    this.#settle(client, client.node);
  }

  createNode(client: Client): Dht {
    const random = this.random(`node/${client.serial}`);
    return new DhtNode({
      self: client.contact,
      role: client.role,
      random: () => random.next(),
      nowMs: this.clock.nowMs,
      settings: this.init.settings,
    });
  }

  #arrived(at: Client, from: Client, message: Message): void {
    if (at.conduct !== undefined && isRequest(message)) {
      const answer = at.conduct.answer(at, message);
      if (answer === 'silence') return;
      if (answer !== undefined) return this.carrier.send(at, from.contact, answer);
    }
    const { node } = at;
    if (node === undefined) return;
    if ('items' in message) this.#noteItems(at, message.items);
    if (message.kind === 'found' && this.init.learnsRoutes) {
      at.paths.told(from.id, message.contacts, this.clock.nowMs);
    }
    node.received(from.sender, message, this.clock.nowMs);
    this.#settle(at, node);
  }

  #noteItems(at: Client, items: readonly (Item | { readonly item: Item })[]): void {
    for (const each of items)
      this.truth.recordOf(typeof each === 'string' ? each : each.item)?.seenBy.add(at);
  }

  #settle(client: Client, node: Dht): void {
    for (;;) {
      const effects = node.takeEffects();
      if (effects.length === 0) break;
      for (const effect of effects) this.#carryOut(client, node, effect);
    }
    this.#planWake(client, node);
  }

  #carryOut(client: Client, node: Dht, effect: Effect): void {
    switch (effect.do) {
      case 'send':
        return this.carrier.send(client, effect.to, effect.message);
      case 'verify':
        return node.verified(
          effect.check,
          this.truth.verdictOn(effect.item, effect.belongs),
          this.clock.nowMs,
        );
      case 'hint':
        return this.#hint(client, effect);
      case 'found':
        return this.init.found(client, node, effect);
      case 'link':
        return this.links.want(client, effect.to);
      case 'unlink':
        return this.links.close(client, effect.to);
      case 'deliver':
        return node.answerDelivery(effect.from, effect.n, 'unwanted', this.clock.nowMs);
      case 'misbehaved':
        this.misbehaved[effect.what] = (this.misbehaved[effect.what] ?? 0) + 1;
        return;
      case 'asks':
      case 'stored':
      case 'delivered':
        return;
    }
  }

  #hint(client: Client, { search, target }: Extract<Effect, { do: 'hint' }>): void {
    const { archive } = client;
    if (!archive.isUp) return;
    client.meter.sentBytes += nearbyBytes.sent;
    client.meter.receivedBytes += nearbyBytes.received;
    this.clock.after(this.carrier.archiveMs(client) + this.carrier.archiveMs(client), () => {
      if (!archive.isUp) return;
      const contacts = archive.closest(target, hintContacts, client).map(({ contact }) => contact);
      this.tell(client, (node, nowMs) => node.hinted(search, target, contacts, nowMs));
    });
  }

  /** An event that comes too early looks again: deadlines move back far more often than they move forward. */
  #planWake(client: Client, node: Dht): void {
    const deadline = node.nextDeadline;
    if (deadline === undefined) return;
    const planned = client.wake;
    if (planned !== undefined) {
      if (planned.atMs <= deadline) return;
      this.clock.callOff(planned);
    }
    client.wake = this.clock.at(Math.ceil(deadline), () => this.#wake(client));
  }

  #wake(client: Client): void {
    client.wake = undefined;
    const { node } = client;
    if (!client.isUp || node === undefined) return;
    if (node.nextDeadline !== undefined && node.nextDeadline <= this.clock.nowMs)
      node.advance(this.clock.nowMs);
    this.#settle(client, node);
  }

  #gossip(random: Random): void {
    for (const archive of this.archives) archive.hearFrom(this.archives, random);
    this.clock.after(minuteMs, () => this.#gossip(random));
  }
}
