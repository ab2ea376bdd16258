/**
 * Packets on a data channel (spec/direct.md, "Packets"): what is larger than a message that every browser carries is cut
 * into chunks. The channel keeps their order, so one packet at a time is being put together, and never more is kept of it
 * than its first chunk has announced.
 */
import { concatBytes } from '@holdfast/protocol';
import { linkLimits } from './link-limits.js';

const whole = 0;
const first = 1;
const further = 2;
const firstHeadBytes = 5;

/** The messages to send for a packet of at most linkLimits.packetBytesMax bytes. */
export function chunksOf(packet: Uint8Array): readonly Uint8Array<ArrayBuffer>[] {
  const { chunkBytesMax } = linkLimits;
  if (packet.length < chunkBytesMax) return [concatBytes(Uint8Array.of(whole), packet)];
  const head = new Uint8Array(firstHeadBytes);
  head[0] = first;
  new DataView(head.buffer).setUint32(1, packet.length);
  let end = chunkBytesMax - firstHeadBytes;
  const chunks = [concatBytes(head, packet.subarray(0, end))];
  while (end < packet.length) {
    const begin = end;
    end += chunkBytesMax - 1;
    chunks.push(concatBytes(Uint8Array.of(further), packet.subarray(begin, end)));
  }
  return chunks;
}

/** `part`: more of it is to come. */
export type Assembled = Uint8Array | 'part' | 'malformed' | 'too-large';

export class PacketAssembly {
  #packet: Uint8Array | undefined;
  #filled = 0;

  take(chunk: Uint8Array): Assembled {
    if (chunk.length > linkLimits.chunkBytesMax) return 'too-large';
    switch (chunk[0]) {
      case whole:
        return this.#packet === undefined ? chunk.subarray(1) : 'malformed';
      case first:
        return this.#begin(chunk);
      case further:
        return chunk.length === 1 ? 'malformed' : this.#fill(chunk.subarray(1));
      default:
        return 'malformed';
    }
  }

  #begin(chunk: Uint8Array): Assembled {
    if (this.#packet !== undefined || chunk.length < firstHeadBytes) return 'malformed';
    const length = new DataView(chunk.buffer, chunk.byteOffset).getUint32(1);
    if (length > linkLimits.packetBytesMax) return 'too-large';
    // Only what does not fit into one message is cut, and its first chunk is full.
    if (length < linkLimits.chunkBytesMax || chunk.length !== linkLimits.chunkBytesMax) return 'malformed';
    this.#packet = new Uint8Array(length);
    this.#filled = 0;
    return this.#fill(chunk.subarray(firstHeadBytes));
  }

  #fill(bytes: Uint8Array): Assembled {
    const packet = this.#packet;
    if (packet === undefined || this.#filled + bytes.length > packet.length) return 'malformed';
    packet.set(bytes, this.#filled);
    this.#filled += bytes.length;
    if (this.#filled < packet.length) return 'part';
    this.#packet = undefined;
    return packet;
  }
}
