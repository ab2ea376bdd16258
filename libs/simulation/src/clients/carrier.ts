/**
 * How messages get from client to client: over a direct link, else through the archives, which say at once who is gone.
 * It counts what every message weighs on its way. Where the ways through archives are all broken, contacts with direct
 * links forward (routes.ts).
 */
import { isRequest, type Contact, type Key, type Message, type MessageKind } from '@holdfast/dht';
import type { Random } from '../chance/random.js';
import type { PlainClock } from '../time/plain-clock.js';
import type { WordHash } from '../trace/word-hash.js';
import type { Archive } from './archive.js';
import type { Client } from './client.js';
import { jittered, wayMs } from './distances.js';
import { Routes } from './routes.js';
import type { Weights } from './weights.js';

export interface CarrierInit {
  readonly clock: PlainClock;
  readonly random: Random;
  readonly hash: WordHash;
  readonly startMs: number;
  readonly weights: Weights;
  /** Of all messages, whichever way they go. */
  readonly lossShare: number;
  readonly archives: ReadonlyMap<string, Archive>;
  /** Who is there, or has left without its archive knowing it yet; by the text of the id. */
  readonly clients: ReadonlyMap<string, Client>;
  /** A message has arrived at a client that is up. */
  readonly arrived: (at: Client, from: Client, message: Message) => void;
  readonly gone: (at: Client, id: Key, archive?: string) => void;
}

/** A millisecond in each archive. */
const relayMs = 1;

export class Carrier {
  messages = 0;
  /** By kind: how many, and their bytes at the sender. */
  readonly kinds: Partial<Record<MessageKind, { messages: number; bytes: number }>> = {};
  gone = 0;

  readonly routes: Routes;

  constructor(readonly init: CarrierInit) {
    this.routes = new Routes({
      clock: init.clock,
      nowMs: () => init.clock.nowMs,
      directMs: (from, to) => this.directMs(from, to),
      isLost: () => this.#isLost(),
      arrived: (at, from, message) => this.#arrive(at, from, message),
      gone: (at, id) => this.sayGone(at, id, 0),
    });
  }

  send(from: Client, to: Contact, message: Message): void {
    this.messages++;
    const way = from.paths.way(to, this.init.clock.nowMs);
    if (way === undefined) return this.sayGone(from, to.id, 0);
    if (way.by === 'relay') return this.#sendRelayed(from, to, message);
    if (way.by === 'route') return this.#sendForwarded(from, way.first, way.path, message);
    const linked = from.links.get(to.id.text);
    if (linked !== undefined) this.#sendDirect(from, linked, message);
  }

  /** One way between two clients that are linked. */
  directMs(from: Client, to: Client): number {
    return jittered(from.lastMileMs + wayMs(from.region, to.region) + to.lastMileMs, this.init.random);
  }

  /** One way to the client's own archive. */
  archiveMs(client: Client): number {
    return jittered(client.lastMileMs + wayMs(client.region, client.archive.region), this.init.random);
  }

  sayGone(from: Client, id: Key, afterMs: number): void {
    this.gone++;
    this.init.clock.after(afterMs, () => this.init.gone(from, id));
  }

  #sendDirect(from: Client, to: Client, message: Message): void {
    const { clock, weights } = this.init;
    const bytes = weights.direct + weights.messageBytes(message);
    this.#sent(from, message, bytes);
    if (this.#isLost()) return;
    clock.after(this.directMs(from, to), () => {
      if (!to.isUp || to.node === undefined) return;
      to.meter.receivedBytes += bytes;
      this.#arrive(to, from, message);
    });
  }

  #sendForwarded(from: Client, first: Key, path: readonly Key[], message: Message): void {
    const bytes = this.routes.send(from, first, path, message, this.init.weights.messageBytes(message));
    this.#sent(from, message, bytes);
  }

  #sendRelayed(from: Client, to: Contact, message: Message): void {
    const { clock, archives, clients, weights, random } = this.init;
    const target = clients.get(to.id.text);
    // The ticket goes along until the other has answered.
    const isKnown = target !== undefined && target.acquainted.has(from.serial);
    const around = isKnown ? weights.relayed : weights.relayedWithTicket;
    const bytes = around + weights.messageBytes(message);
    this.#sent(from, message, bytes);
    from.archive.frames++;
    const upMs = from.lastMileMs + wayMs(from.region, from.archive.region) + relayMs;
    const other = target?.archive ?? archives.get(to.archive);
    const isDenied = target !== undefined && from.archive.denies(target);
    if (other === undefined || isDenied || !from.archive.reaches(other)) {
      return this.#relayGone(from, to, message, 2 * jittered(upMs, random));
    }
    const hopMs = other === from.archive ? 0 : wayMs(from.archive.region, other.region) + relayMs;
    if (target === undefined || target.node === undefined || other.denies(target)) {
      const backMs = jittered(upMs, random) + jittered(upMs + 2 * hopMs, random);
      return this.#relayGone(from, to, message, backMs);
    }
    if (this.#isLost()) return;
    const downMs = target.lastMileMs + wayMs(other.region, target.region);
    const travelMs = jittered(upMs + hopMs + downMs, random);
    clock.after(travelMs, () => {
      if (!target.isUp) {
        if (!clients.has(to.id.text) && from.isUp) this.#relayGone(from, to, message, travelMs);
        return;
      }
      other.frames++;
      target.paths.relayed(from.contact);
      target.meter.receivedBytes += bytes;
      if (!isRequest(message)) from.acquainted.add(target.serial);
      this.#arrive(target, from, message);
    });
  }

  /** What the archive cannot bring may find another way, as libs/client has it. */
  #relayGone(from: Client, to: Contact, message: Message, afterMs: number): void {
    const { clock } = this.init;
    clock.after(afterMs, () => {
      from.paths.relayGone(to, clock.nowMs);
      const other = from.paths.way(to, clock.nowMs);
      if (from.isUp && other !== undefined && other.by !== 'relay') return this.send(from, to, message);
      this.gone++;
      this.init.gone(from, to.id, to.archive);
    });
  }

  #sent(from: Client, { kind }: Message, bytes: number): void {
    from.meter.sentBytes += bytes;
    const sum = (this.kinds[kind] ??= { messages: 0, bytes: 0 });
    sum.messages++;
    sum.bytes += bytes;
  }

  #arrive(at: Client, from: Client, message: Message): void {
    const { clock, hash, startMs } = this.init;
    hash
      .add(clock.nowMs - startMs)
      .add(from.serial)
      .add(at.serial)
      .add(message.n);
    this.init.arrived(at, from, message);
  }

  #isLost(): boolean {
    return this.init.random.next() < this.init.lossShare;
  }
}
