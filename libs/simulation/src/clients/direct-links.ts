/**
 * Direct links between clients, as WebRTC makes them: signalled over the archives, up after some round trips, and for a
 * fixed share of all pairs never. A side that leaves with a goodbye is missed at once, one that vanishes after seconds.
 */
import { dhtSettings, type Contact } from '@holdfast/dht';
import type { Random } from '../chance/random.js';
import type { PlainClock } from '../time/plain-clock.js';
import { finished } from '../trace/word-hash.js';
import type { Carrier } from './carrier.js';
import type { Client } from './client.js';
import { signalBytes, type Weights } from './weights.js';

export interface DirectLinksInit {
  readonly clock: PlainClock;
  readonly random: Random;
  readonly carrier: Carrier;
  readonly weights: Weights;
  readonly neverShare: number;
  readonly clients: ReadonlyMap<string, Client>;
  /** The node hears of it. */
  readonly changed: (at: Client, other: Client, isLinked: boolean) => void;
}

/** Gathering candidates, checks, DTLS: beside the way of the signals. */
const setUpMs = 350;
/** When WebRTC gives up. */
const failsAfterMs = 10_000;
/** The other side is silent: consent runs out. */
const silentMs = [5_000, 15_000] as const;

export class DirectLinks {
  made = 0;
  failed = 0;

  constructor(readonly init: DirectLinksInit) {}

  want(from: Client, contact: Contact): void {
    const { clock, carrier, random, clients } = this.init;
    const to = clients.get(contact.id.text);
    if (to === undefined || to === from || from.tried.has(to) || !hasRoom(from)) return;
    from.tried.add(to);
    const way = from.paths.way(contact, clock.nowMs);
    if (way === undefined || way.by === 'link') return void this.#fail(from, to, 0);
    if (way.by === 'relay' && !from.archive.reaches(to.archive)) return void this.#fail(from, to, 0);
    this.#signal(from, to, way.by);
    const hops = way.by === 'route' ? way.path.length + 1 : 1;
    const wayMs = hops * (carrier.archiveMs(from) + carrier.archiveMs(to));
    if (this.isNever(from, to)) return this.#fail(from, to, 2 * wayMs + failsAfterMs);
    clock.after(2 * wayMs + Math.ceil(setUpMs * random.between(0.5, 2)), () => {
      if (!from.isUp || !to.isUp || to.node === undefined || !hasRoom(from) || !hasRoom(to)) {
        return void this.#fail(from, to, 0);
      }
      this.#link(from, to);
    });
  }

  /** No pair changes its mind: that is what routers do to it. */
  isNever(a: Client, b: Client): boolean {
    const [low, high] = a.serial < b.serial ? [a.serial, b.serial] : [b.serial, a.serial];
    const drawn = finished(finished(low + 1) ^ Math.imul(high + 1, 0x9e3779b1)) >>> 0;
    return drawn < this.init.neverShare * 2 ** 32;
  }

  close(from: Client, contact: Contact): void {
    const to = from.links.get(contact.id.text);
    if (to !== undefined) this.#unlink(from, to);
  }

  /** What becomes of the links of a client that has left. */
  left(client: Client, saidGoodbye: boolean): void {
    const { clock, random, carrier } = this.init;
    for (const other of client.links.values()) {
      const afterMs = saidGoodbye ? carrier.directMs(client, other) : random.whole(...silentMs);
      clock.after(afterMs, () => this.#drop(other, client));
    }
    client.links.clear();
  }

  #link(a: Client, b: Client): void {
    if (a.links.has(b.id.text)) return;
    this.made++;
    a.links.set(b.id.text, b);
    b.links.set(a.id.text, a);
    this.init.changed(a, b, true);
    this.init.changed(b, a, true);
  }

  #unlink(a: Client, b: Client): void {
    this.#drop(a, b);
    this.#drop(b, a);
  }

  #drop(at: Client, other: Client): void {
    if (!at.isUp || !at.links.delete(other.id.text)) return;
    at.tried.delete(other);
    this.init.changed(at, other, false);
  }

  #fail(from: Client, to: Client, afterMs: number): void {
    this.init.clock.after(afterMs, () => {
      this.failed++;
      if (from.isUp) this.init.changed(from, to, false);
    });
  }

  #signal(from: Client, to: Client, by: 'relay' | 'route'): void {
    const bytes = this.init.weights.relayed + signalBytes;
    for (const client of [from, to]) {
      client.meter.sentBytes += bytes;
      client.meter.receivedBytes += bytes;
      if (by === 'relay') client.archive.frames += 2;
    }
  }
}

const hasRoom = (client: Client): boolean => client.links.size < dhtSettings.linksMax;
