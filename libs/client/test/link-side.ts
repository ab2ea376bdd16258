/** One end of a direct link, the same in Node and in a page: it says in words what it is told by its links. */
import { Key } from '@holdfast/dht';
import { decodeBase64url, encodeBase64url } from '@holdfast/protocol';
import { systemClock, type Clock } from '../src/clock.js';
import { linkLimits } from '../src/overlay/links/link-limits.js';
import type { ConnectionSettings } from '../src/overlay/links/peer-connection.js';
import type { PeerLinks } from '../src/overlay/links/peer-links.js';
import { webRtcLinks } from '../src/overlay/links/webrtc-links.js';

const contactOf = (n: number) => ({ id: new Key(new Uint8Array(32).fill(n)), archive: 'archive' });

export class LinkSide {
  readonly events: string[] = [];
  #links: PeerLinks | undefined;

  /** @param carry brings a signal to the other side, whose number is given */
  constructor(
    private readonly n: number,
    private readonly carry: (to: number, signal: string) => void,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Whether the platform has links. */
  async begin(settings: ConnectionSettings = {}): Promise<boolean> {
    const make = await webRtcLinks(settings);
    this.#links = make({
      self: contactOf(this.n),
      clock: this.clock,
      events: {
        signal: ({ id }, bytes) => this.carry(id.bytes[0]!, encodeBase64url(bytes)),
        opened: ({ bytes: [n] }) => this.events.push(`${n} opened`),
        packet: ({ bytes: [n] }, packet) => this.events.push(`${n} sent ${packet.length} of ${packet[0]}`),
        closed: ({ bytes: [n] }, why) => this.events.push(`${n} closed: ${why}`),
      },
    });
    return this.#links !== undefined;
  }

  connect(to: number): void {
    this.#links!.connect(contactOf(to));
  }

  signalled(from: number, signal: string): void {
    this.#links!.signalled(contactOf(from), decodeBase64url(signal)!);
  }

  send(to: number, length: number, filledWith: number): boolean {
    return this.#links!.send(contactOf(to).id, new Uint8Array(length).fill(filledWith));
  }

  /** Sends in one go until it is turned away; the bytes that were taken. */
  sendTooMuch(to: number): number {
    const length = linkLimits.packetBytesMax;
    let taken = 0;
    while (taken < 1e9 && this.send(to, length, 1)) taken += length;
    return taken;
  }

  open(): readonly number[] {
    return this.#links!.open.map(({ bytes }) => bytes[0]!);
  }

  disconnect(to: number): void {
    this.#links!.disconnect(contactOf(to).id);
  }

  close(): void {
    this.#links?.close();
  }
}
