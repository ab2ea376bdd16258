/**
 * An archive as clients know it: a relay of frames that says at once who is gone, and names connected servers that are
 * close to a key. It may be down, be cut off from other archives, or lie. It keeps no records here: what is measured is
 * what clients find without it.
 */
import { compareDistance, type Key } from '@holdfast/dht';
import type { Random } from '../chance/random.js';
import type { Client } from './client.js';

/** Of a linked archive's servers, told once a minute. */
const toldPerPeer = 16;

interface Lies {
  /** Whom it names, whoever is the closest. */
  readonly named?: (target: Key, count: number, except: Client) => Client[];
  /** Of whom it says GONE though they are there: of clients of its own to all, of all to clients of its own. */
  readonly denies?: (client: Client) => boolean;
}

export class Archive {
  isUp = true;
  /** Archives of one side reach one another. */
  side = 0;
  lies: Lies = {};
  /** Frames of clients, taken in or given out. */
  frames = 0;
  /** Connected servers in the order of their ids. */
  readonly #servers: Client[] = [];
  #told: Client[] = [];

  constructor(
    readonly index: number,
    readonly id: string,
    readonly region: number,
  ) {}

  reaches(other: Archive): boolean {
    return this === other || (this.isUp && other.isUp && this.side === other.side);
  }

  /** Says GONE though the client is there. */
  denies(client: Client): boolean {
    return this.lies.denies?.(client) === true;
  }

  add(client: Client): void {
    this.#servers.splice(place(this.#servers, client.id.head), 0, client);
  }

  remove(client: Client): void {
    const index = this.#servers.indexOf(client, place(this.#servers, client.id.head));
    if (index !== -1) this.#servers.splice(index, 1);
  }

  /** What its peers tell it, once a minute. */
  hearFrom(peers: readonly Archive[], random: Random): void {
    this.#told = [];
    for (const peer of peers) {
      if (peer === this || !this.reaches(peer) || peer.#servers.length === 0) continue;
      for (let i = 0; i < toldPerPeer; i++) this.#told.push(random.oneOf(peer.#servers));
    }
  }

  /** The connected servers closest to the target, those of linked archives as far as it has been told of them. */
  closest(target: Key, count: number, except: Client): Client[] {
    if (this.lies.named !== undefined) return this.lies.named(target, count, except);
    const found = new Set(closestOf(this.#servers, target, count + 1));
    for (const client of this.#told) if (client.isUp) found.add(client);
    found.delete(except);
    return [...found].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, count);
  }
}

/** Whoever shares the longest prefixes with the target stands next to it in the order of ids. */
export function closestOf(inOrder: readonly Client[], target: Key, count: number): Client[] {
  let bits = Math.max(0, 32 - Math.clz32(Math.floor(inOrder.length / count)));
  for (; ; bits--) {
    const [from, to] = rangeOf(inOrder, target.head, bits);
    if (to - from < count && bits > 0) continue;
    return inOrder
      .slice(from, to)
      .sort((a, b) => compareDistance(target, a.id, b.id))
      .slice(0, count);
  }
}

/** Those whose ids begin with the first bits of the head: from, and up to but without. */
export function rangeOf(inOrder: readonly Client[], head: number, bits: number): [from: number, to: number] {
  const span = 2 ** (32 - bits);
  const start = Math.floor(head / span) * span;
  return [place(inOrder, start), place(inOrder, start + span)];
}

/** Where the first one stands whose head is not below. */
function place(inOrder: readonly Client[], head: number): number {
  let low = 0;
  let high = inOrder.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inOrder[middle]!.id.head < head) low = middle + 1;
    else high = middle;
  }
  return low;
}
