/**
 * Carries the messages of a node: out by a direct link, by the relay of the home archive, or on by other nodes, and in from
 * all of them. Who sent what comes in is proved before the node sees it: by a signature, or by the link on which it came.
 */
import { decodeMessage, encodeMessage, type Contact, type Key, type Message } from '@holdfast/dht';
import type { SigningKey } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import type { PeerLinks } from '../links/peer-links.js';
import type { Home } from '../membership/home.js';
import type { Membership } from '../membership/membership.js';
import { Frames } from './frames.js';
import type { NodeShell } from './node-shell.js';

export interface TrafficParts {
  readonly membership: Membership;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly home: Home;
  readonly shell: NodeShell;
  readonly links: PeerLinks | undefined;
}

export class Traffic {
  readonly #frames: Frames;
  #dropped = 0;
  #isEnded = false;

  constructor(private readonly parts: TrafficParts) {
    const { membership, key, clock, shell } = parts;
    this.#frames = new Frames(
      { self: membership.self, ticket: membership.ticket, key, clock, role: () => shell.node.role },
      (to, frame) => this.#relay(to, frame),
    );
  }

  get dropped(): number {
    return this.#dropped + this.#frames.dropped;
  }

  renewed({ ticket }: Membership): void {
    this.#frames.renewed(ticket);
  }

  send(to: Contact, message: Message): void {
    const payload = encodeMessage(message);
    const isFlood = message.kind === 'flood';
    this.#frames.seal({ to, isFlood, payload }, (frame) => this.#relay(to, frame));
  }

  /** A frame has come from an archive's relay. */
  framed(from: Contact, frame: Uint8Array): void {
    this.#open(frame, from.archive).catch(() => void this.#dropped++);
  }

  gone(id: Key): void {
    this.parts.shell.tell((node, nowMs) => node.gone(id, nowMs));
  }

  linked(id: Key, isLinked: boolean): void {
    this.parts.shell.tell((node, nowMs) => node.linked(id, isLinked, nowMs));
  }

  packet(_id: Key, _bytes: Uint8Array): void {
    this.#dropped++;
  }

  end(): void {
    this.#isEnded = true;
  }

  async #open(frame: Uint8Array, by: string): Promise<void> {
    const opened = await this.#frames.open(frame, by);
    if (opened === undefined || this.#isEnded) return;
    const { from, isFlood, payload } = opened;
    if (payload.length > 0) {
      const message = decodeMessage(payload);
      // A flood in another class would go round the archives' bounds.
      if (message.ok && (message.value.kind === 'flood') === isFlood) {
        this.parts.shell.tell((node, nowMs) => node.received(from, message.value, nowMs));
      } else this.#dropped++;
    }
    const unread = this.#frames.takeUnread(from);
    if (unread !== undefined) await this.#open(unread, from.archive);
  }

  #relay(to: Contact, frame: Uint8Array): void {
    if (this.#isEnded) return;
    if (!this.parts.home.relay(to, frame)) this.gone(to.id);
  }
}
