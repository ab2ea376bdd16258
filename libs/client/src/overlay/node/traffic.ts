/**
 * Carries the messages of a node: out by a direct link, by the relay of the home archive, or on by other nodes (libs/dht's
 * `Paths` says which), and in from all of them. Who sent what comes in is proved before the node sees it: by a signature, or
 * by the link on which it came. What this node hands on between its own links it neither reads nor answers for.
 */
import {
  decodeMessage,
  decodePacket,
  encodeMessage,
  encodePacket,
  Forwarding,
  Paths,
  type Contact,
  type ForwardPacket,
  type GonePacket,
  type Key,
  type Message,
  type Packet,
  type Sender,
} from '@holdfast/dht';
import type { SigningKey } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import type { PeerLinks } from '../links/peer-links.js';
import type { Home } from '../membership/home.js';
import type { Membership } from '../membership/membership.js';
import type { FramesUnsent } from '../overlay-contract.js';
import { Frames } from './frames.js';
import type { NodeShell } from './node-shell.js';
import { causeOf, RelayOutlet, type Cause } from './relay-outlet.js';

export interface TrafficParts {
  readonly membership: Membership;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly home: Home;
  readonly shell: NodeShell;
  readonly links: PeerLinks | undefined;
}

/** As in a frame. */
const observerFlag = 2;

export class Traffic {
  readonly #frames: Frames;
  readonly #paths: Paths;
  readonly #forwarding: Forwarding;
  readonly #outlet: RelayOutlet;
  #dropped = 0;
  #isEnded = false;

  constructor(private readonly parts: TrafficParts) {
    const { membership, key, clock, home, shell } = parts;
    const { self, ticket, budget } = membership;
    this.#outlet = new RelayOutlet({ clock, relay: (to, frame) => home.relay(to, frame) }, budget);
    this.#frames = new Frames(
      { self, ticket, key, clock, role: () => shell.node.role },
      (to, frame) => void this.#carry(to, frame, 'answers'),
    );
    this.#paths = new Paths(self.id);
    this.#forwarding = new Forwarding(self.id, (id) => this.#paths.isLinked(id));
    this.relaying();
  }

  get dropped(): number {
    return this.#dropped + this.#frames.dropped;
  }

  /** Frames of this node that were not sent, for the archive would not have carried them. */
  get unsent(): FramesUnsent {
    return this.#outlet.unsent;
  }

  renewed({ ticket, budget }: Membership): void {
    this.#frames.renewed(ticket);
    this.#outlet.joined(budget);
  }

  /** The home may have come back, or gone. */
  relaying(): void {
    const { home, membership, shell } = this.parts;
    const isRelayed = home.link !== undefined;
    this.#paths.opened(membership.self.archive, isRelayed);
    shell.tell((node, nowMs) => node.relayed(isRelayed, nowMs));
  }

  send(to: Contact, message: Message): void {
    const payload = encodeMessage(message);
    const isFlood = message.kind === 'flood';
    if (this.#paths.isLinked(to.id)) {
      const flags = this.parts.shell.node.role === 'observer' ? observerFlag : 0;
      const packet: Packet = { kind: 'message', messageClass: isFlood ? 1 : 0, flags, payload };
      if (this.#sendPacket(to.id, packet)) return;
    } else if (!this.#paths.hasWay(to, this.parts.clock.now())) {
      // Not worth a signature.
      return this.#noWay(to);
    }
    this.#frames.seal({ to, isFlood, payload }, (frame) => {
      if (!this.#carry(to, frame, causeOf(message))) this.#noWay(to);
    });
  }

  /** A frame has come from the relay, which says that its sender is at that archive. */
  framed(frame: Uint8Array, archive: string): void {
    this.#open(frame, archive, (sender) => this.#paths.relayed(sender));
  }

  /** The archive could not bring a frame to this contact; there may be another way. */
  gone(contact: Contact): void {
    const nowMs = this.parts.clock.now();
    this.#paths.relayGone(contact, nowMs);
    if (!this.#paths.hasWay(contact, nowMs)) this.#noWay(contact);
  }

  linked(id: Key, isLinked: boolean): void {
    this.#paths.linked(id, isLinked);
    this.parts.shell.tell((node, nowMs) => node.linked(id, isLinked, nowMs));
  }

  /** Something has come over a direct link from that node. */
  packet(id: Key, bytes: Uint8Array): void {
    if (this.#isEnded) return;
    const packet = decodePacket(bytes);
    if (!packet.ok) return this.abused(id);
    if (packet.value.kind !== 'message') return this.#handOn(id, packet.value);
    const { messageClass, flags, payload } = packet.value;
    const archive = this.#frames.archiveOf(id);
    // The link was made by signed frames, so its ticket is known, unless that was long ago.
    if (archive === undefined) return void this.#dropped++;
    const role = (flags & observerFlag) === 0 ? 'server' : 'observer';
    this.#received({ id, archive, role }, messageClass === 1, payload);
  }

  /** Something has come over a direct link from that node that no client sends. */
  abused(id: Key): void {
    const archive = this.#frames.archiveOf(id);
    if (archive === undefined) this.#dropped++;
    else this.#unreadable({ id, archive, role: 'server' });
  }

  end(): void {
    this.#isEnded = true;
    this.#outlet.end();
  }

  #handOn(from: Key, packet: ForwardPacket | GonePacket): void {
    const nowMs = this.parts.clock.now();
    const done = this.#forwarding.received(from, packet, nowMs);
    switch (done.do) {
      case 'send':
        if (!this.#sendPacket(done.to, done.packet)) this.#dropped++;
        return;
      case 'arrived':
        return this.#open(done.frame, this.parts.membership.self.archive, () =>
          this.#paths.arrived(done.route, nowMs),
        );
      case 'gone':
        return void this.#paths.routeGone(from, done.by, done.id);
      case 'drop':
        this.#dropped++;
    }
  }

  /** @param believed  called before what it says is handed on */
  #open(frame: Uint8Array, by: string, believed: (from: Sender) => void): void {
    this.#frames
      .open(frame, by)
      .then((opened) => {
        if (opened === undefined || this.#isEnded) return;
        const { from, isFlood, payload } = opened;
        believed(from);
        if (payload.length > 0) this.#received(from, isFlood, payload);
        const unread = this.#frames.takeUnread(from);
        if (unread !== undefined) this.#open(unread, from.archive, believed);
      })
      .catch(() => void this.#dropped++);
  }

  #received(from: Sender, isFlood: boolean, payload: Uint8Array): void {
    const decoded = decodeMessage(payload);
    // A flood in another class would go round the archives' bounds.
    if (!decoded.ok || (decoded.value.kind === 'flood') !== isFlood) return this.#unreadable(from);
    const message = decoded.value;
    if (message.kind === 'found') {
      this.#paths.told(from.id, message.contacts, this.parts.clock.now());
    }
    this.parts.shell.tell((node, nowMs) => node.received(from, message, nowMs));
  }

  #unreadable(from: Sender): void {
    this.#dropped++;
    this.parts.shell.tell((node, nowMs) => node.unreadable(from, nowMs));
  }

  /** False when there is no way. */
  #carry(to: Contact, frame: Uint8Array, cause: Cause): boolean {
    if (this.#isEnded) return true;
    const way = this.#paths.way(to, this.parts.clock.now());
    switch (way?.by) {
      case undefined:
        return false;
      case 'relay':
        return this.#relay(to, frame, cause);
      case 'route':
        return this.#sendPacket(way.first, { kind: 'forward', path: way.path, route: [], frame });
      case 'link':
        return (
          this.#sendPacket(to.id, { kind: 'forward', path: [], route: [], frame }) ||
          this.#relay(to, frame, cause)
        );
    }
  }

  #relay(to: Contact, frame: Uint8Array, cause: Cause): boolean {
    if (this.parts.home.link === undefined) return false;
    this.#outlet.send(to, frame, cause);
    return true;
  }

  #sendPacket(to: Key, packet: Packet): boolean {
    return this.parts.links?.send(to, encodePacket(packet)) ?? false;
  }

  #noWay({ id, archive }: Contact): void {
    if (!this.#isEnded) this.parts.shell.tell((node, nowMs) => node.gone(id, nowMs, archive));
  }
}
