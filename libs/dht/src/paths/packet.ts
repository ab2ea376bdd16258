/**
 * What goes over a direct link (spec/dht.md, "Paths"): a message of the other end, which needs no signature there; a
 * signed frame that is to be forwarded, with the way before and behind it; or word that somebody on it is gone.
 */
import { concatBytes, refused, accepted, type Result } from '@holdfast/protocol';
import { Key, keyBytes } from '../keys/key.js';
import { dhtLimits } from '../limits.js';

export type Packet =
  | {
      readonly kind: 'message';
      /** As in a frame: 0, or 1 for a flood. */
      readonly messageClass: number;
      /** As in a frame. */
      readonly flags: number;
      readonly payload: Uint8Array;
    }
  | ForwardPacket
  | GonePacket;

export interface ForwardPacket {
  readonly kind: 'forward';
  /** Whom it goes on to, the destination last; empty where it has arrived. */
  readonly path: readonly Key[];
  /** Whom it has passed, its sender first, without the one who hands it over: that one is known. */
  readonly route: readonly Key[];
  readonly frame: Uint8Array;
}

export interface GonePacket {
  readonly kind: 'gone';
  readonly id: Key;
  /** Who says so: the one that has no link to it. */
  readonly by: Key;
  /** Whom it goes on to. */
  readonly path: readonly Key[];
}

const kinds = { message: 0, forward: 1, gone: 2 } as const;

export function encodePacket(packet: Packet): Uint8Array<ArrayBuffer> {
  const kind = kinds[packet.kind];
  switch (packet.kind) {
    case 'message':
      return concatBytes(Uint8Array.of(kind, packet.messageClass, packet.flags), packet.payload);
    case 'forward':
      return concatBytes(Uint8Array.of(kind), ...listOf(packet.path), ...listOf(packet.route), packet.frame);
    case 'gone':
      return concatBytes(Uint8Array.of(kind), packet.id.bytes, packet.by.bytes, ...listOf(packet.path));
  }
}

/** Whatever the bytes are: a packet in its only form, or a refusal. */
export function decodePacket(bytes: Uint8Array): Result<Packet> {
  if (bytes.length > packetBytesMax) return refused('request-too-large', 'The packet is too large.');
  const reader = new PacketReader(bytes);
  const kind = reader.byte();
  const packet =
    kind === kinds.message
      ? readMessage(reader)
      : kind === kinds.forward
        ? readForward(reader)
        : kind === kinds.gone
          ? readGone(reader)
          : undefined;
  if (packet === undefined) return refused('request-malformed', 'The bytes are not a packet.');
  return accepted(packet);
}

/** The largest frame with the longest way. */
const packetBytesMax = dhtLimits.frameBytesMax + 3 + dhtLimits.hopsMax * keyBytes;

const listOf = (ids: readonly Key[]): Uint8Array[] => [
  Uint8Array.of(ids.length),
  ...ids.map(({ bytes }) => bytes),
];

function readMessage(reader: PacketReader): Packet | undefined {
  const messageClass = reader.byte();
  const flags = reader.byte();
  const payload = reader.rest();
  if (messageClass === undefined || messageClass > 1 || flags === undefined || flags > 7) return undefined;
  return payload.length === 0 ? undefined : { kind: 'message', messageClass, flags, payload };
}

function readForward(reader: PacketReader): Packet | undefined {
  const path = reader.keys();
  const route = reader.keys();
  const frame = reader.rest();
  if (path === undefined || route === undefined || frame.length === 0) return undefined;
  return { kind: 'forward', path, route, frame };
}

function readGone(reader: PacketReader): Packet | undefined {
  const id = reader.key();
  const by = reader.key();
  const path = reader.keys();
  if (id === undefined || by === undefined || path === undefined || reader.rest().length > 0)
    return undefined;
  return { kind: 'gone', id, by, path };
}

class PacketReader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number | undefined {
    return this.bytes[this.#at++];
  }

  /** A copy: whoever keeps the key does not keep the packet. */
  key(): Key | undefined {
    const bytes = this.bytes.slice(this.#at, this.#at + keyBytes);
    this.#at += keyBytes;
    return bytes.length === keyBytes ? new Key(bytes) : undefined;
  }

  keys(): Key[] | undefined {
    const count = this.byte();
    if (count === undefined || count > dhtLimits.hopsMax) return undefined;
    const keys: Key[] = [];
    for (let at = 0; at < count; at++) {
      const key = this.key();
      if (key === undefined) return undefined;
      keys.push(key);
    }
    return keys;
  }

  rest(): Uint8Array {
    const rest = this.bytes.slice(Math.min(this.#at, this.bytes.length));
    this.#at = this.bytes.length;
    return rest;
  }
}
