/**
 * Messages that contacts forward, over direct links alone: what is left when no archive can be reached. Every one on
 * the way runs libs/dht's `Forwarding`; a frame is so many bytes that nobody looks into, and the message beside it.
 */
import { Forwarding, type ForwardPacket, type GonePacket, type Key, type Message } from '@holdfast/dht';
import type { PlainClock } from '../time/plain-clock.js';
import type { Client } from './client.js';
import { dtlsAndSctpBytes, frameBytes } from './weights.js';

export interface RoutesInit {
  readonly clock: PlainClock;
  readonly directMs: (from: Client, to: Client) => number;
  readonly isLost: () => boolean;
  readonly arrived: (at: Client, from: Client, message: Message) => void;
  /** A message of this client could not be brought to the end of its way. */
  readonly gone: (at: Client, id: Key) => void;
  readonly nowMs: () => number;
}

interface Parcel {
  readonly from: Client;
  readonly message: Message;
}

const keyBytes = 32;
const frameBytesMax = 200_000;
const nothing = new Uint8Array(frameBytesMax);

export class Routes {
  readonly #parcels = new WeakMap<Uint8Array, Parcel>();
  readonly #forwardings = new WeakMap<Client, Forwarding>();

  constructor(private readonly init: RoutesInit) {}

  /** Answers the bytes that the first hop takes. */
  send(from: Client, first: Key, path: readonly Key[], message: Message, messageBytes: number): number {
    const frame = nothing.subarray(0, Math.min(frameBytesMax, frameBytes + messageBytes));
    this.#parcels.set(frame, { from, message });
    const packet: ForwardPacket = { kind: 'forward', path, route: [], frame };
    this.#hop(from, first, packet);
    return bytesOf(packet);
  }

  #hop(from: Client, id: Key, packet: ForwardPacket | GonePacket): void {
    const to = from.links.get(id.text);
    if (to === undefined || this.init.isLost()) return;
    this.init.clock.after(this.init.directMs(from, to), () => {
      if (!to.isUp || to.node === undefined) return;
      const bytes = bytesOf(packet);
      to.meter.receivedBytes += bytes;
      this.#received(to, from, packet);
    });
  }

  #received(at: Client, from: Client, packet: ForwardPacket | GonePacket): void {
    if (packet.kind === 'forward' && packet.path.length > 0 && at.conduct !== undefined) {
      const { handsOn } = at.conduct;
      if (handsOn === 'nothing') return;
      if (handsOn === 'false-gone') return this.#sayGone(at, from, packet);
    }
    const outcome = this.#forwardingOf(at).received(from.id, packet, this.init.nowMs());
    switch (outcome.do) {
      case 'send':
        return this.#handOn(at, outcome.to, outcome.packet);
      case 'arrived': {
        const parcel = this.#parcels.get(outcome.frame);
        at.paths.arrived(outcome.route, this.init.nowMs());
        if (parcel !== undefined) this.init.arrived(at, parcel.from, parcel.message);
        return;
      }
      case 'gone':
        if (at.paths.routeGone(from.id, outcome.by, outcome.id)) this.init.gone(at, outcome.id);
        return;
      case 'drop':
        return;
    }
  }

  #handOn(at: Client, to: Key, packet: ForwardPacket | GonePacket): void {
    at.meter.sentBytes += bytesOf(packet);
    this.#hop(at, to, packet);
  }

  #sayGone(at: Client, from: Client, { path, route }: ForwardPacket): void {
    this.#handOn(at, from.id, { kind: 'gone', id: path[0]!, by: at.id, path: route.toReversed() });
  }

  #forwardingOf(client: Client): Forwarding {
    let forwarding = this.#forwardings.get(client);
    if (forwarding === undefined) {
      forwarding = new Forwarding(client.id, (id) => client.links.has(id.text));
      this.#forwardings.set(client, forwarding);
    }
    return forwarding;
  }
}

function bytesOf(packet: ForwardPacket | GonePacket): number {
  const own =
    packet.kind === 'forward'
      ? 3 + keyBytes * (packet.path.length + packet.route.length) + packet.frame.length
      : 2 + keyBytes * (2 + packet.path.length);
  return own + dtlsAndSctpBytes;
}
