/**
 * Direct links over WebRTC: carries out what each link's negotiation wants (link-negotiation.ts), puts packets together,
 * and keeps to the bounds: never more than linkLimits.linksMax links or attempts, a bounded number of bytes that wait,
 * and no more from the other side than it may send (spec/direct.md).
 */
import { compareDistance, Key, keyBytes, type Contact } from '@holdfast/dht';
import { loadPeerConnections } from '#open-peer-connection';
import { InboundAllowance } from './inbound-allowance.js';
import { linkLimits } from './link-limits.js';
import { isAbuse, LinkNegotiation, type LinkEffect, type LinkEnd } from './link-negotiation.js';
import { LinkMemory } from './link-memory.js';
import { isPulse, LinkPulse, pulse } from './link-pulse.js';
import { chunksOf, PacketAssembly } from './packet-chunks.js';
import type {
  ConnectionSettings,
  OpenPeerConnection,
  PeerConnection,
  PeerConnectionEvents,
} from './peer-connection.js';
import type { MakePeerLinks, PeerLinks, PeerLinksParts } from './peer-links.js';
import { decodeSignal, encodeSignal } from './signal.js';

/** Loads what the platform has for it; what it makes is undefined where that is nothing. */
export async function webRtcLinks(settings: ConnectionSettings): Promise<MakePeerLinks> {
  const openConnection = await loadPeerConnections(settings);
  return (parts) => (openConnection === undefined ? undefined : new WebRtcLinks(parts, openConnection));
}

interface Connection {
  readonly attempt: number;
  readonly peer: PeerConnection;
  readonly pulse: LinkPulse;
}

interface Link {
  readonly contact: Contact;
  readonly negotiation: LinkNegotiation;
  readonly isOwn: boolean;
  connection: Connection | undefined;
  isOpen: boolean;
  stopTimer: () => void;
}

const origin = new Key(new Uint8Array(keyBytes));

export class WebRtcLinks implements PeerLinks {
  readonly #links = new Map<string, Link>();
  readonly #memory = new LinkMemory();
  #isClosed = false;
  #untold: (() => void)[] = [];

  constructor(
    private readonly parts: PeerLinksParts,
    private readonly openConnection: OpenPeerConnection,
  ) {}

  get open(): readonly Key[] {
    return [...this.#links.values()].filter(({ isOpen }) => isOpen).map(({ contact }) => contact.id);
  }

  connect(to: Contact): void {
    const now = this.#now();
    if (this.#links.has(to.id.text) || !this.#hasRoom() || this.#memory.rests(to.id, now)) return;
    const link = this.#link(to, true);
    link.negotiation.connect(now);
    this.#run(link);
  }

  signalled(from: Contact, bytes: Uint8Array): void {
    const decoded = decodeSignal(bytes);
    if (!decoded.ok || this.#isClosed || from.id.equals(this.parts.self.id)) return;
    const signal = decoded.value;
    const now = this.#now();
    const isOffer = signal.kind === 'offer';
    if (isOffer && !this.#memory.mayOffer(from.id, now)) return;
    let link = this.#links.get(from.id.text);
    if (link === undefined) {
      if (!isOffer) return;
      if (!this.#hasRoom() || !this.#hasRoomForOthers()) {
        const bye = encodeSignal({ kind: 'bye', attempt: signal.attempt });
        this.#tell(() => this.parts.events.signal(from, bye));
        return;
      }
      link = this.#link(from, false);
    }
    link.negotiation.signalled(signal, now);
    this.#run(link);
  }

  send(id: Key, packet: Uint8Array): boolean {
    const link = this.#links.get(id.text);
    const peer = link?.connection?.peer;
    if (link === undefined || peer === undefined || !link.isOpen) return false;
    const { packetBytesMax, bufferedBytesMax } = linkLimits;
    if (packet.length > packetBytesMax || peer.bufferedBytes + packet.length > bufferedBytesMax) return false;
    try {
      for (const chunk of chunksOf(packet)) peer.send(chunk);
      link.connection!.pulse.sent();
      return true;
    } catch {
      // Half a packet may be on its way: what follows it would be taken for the rest.
      this.#end(link, 'failed');
      return false;
    }
  }

  disconnect(id: Key): void {
    const link = this.#links.get(id.text);
    if (link !== undefined) this.#end(link, 'asked');
  }

  close(): void {
    this.#isClosed = true;
    this.#untold = [];
    for (const { connection, stopTimer } of this.#links.values()) {
      stopTimer();
      connection?.pulse.end();
      connection?.peer.close();
    }
    this.#links.clear();
  }

  #now(): number {
    return this.parts.clock.now();
  }

  #hasRoom(): boolean {
    return !this.#isClosed && this.#links.size < linkLimits.linksMax;
  }

  #hasRoomForOthers(): boolean {
    const others = [...this.#links.values()].filter(({ isOwn }) => !isOwn);
    return others.length < linkLimits.linksOfferedMax;
  }

  #link(contact: Contact, isOwn: boolean): Link {
    const { self, clock } = this.parts;
    const link: Link = {
      contact,
      isOwn,
      negotiation: new LinkNegotiation({
        yields: compareDistance(origin, self.id, contact.id) > 0,
        random: () => clock.random(),
      }),
      connection: undefined,
      isOpen: false,
      stopTimer: () => undefined,
    };
    this.#links.set(contact.id.text, link);
    return link;
  }

  #end(link: Link, why: LinkEnd): void {
    link.negotiation.end(why);
    this.#run(link);
  }

  /** Carries out what the negotiation wants, which may lead to more. */
  #run(link: Link): void {
    const { negotiation, contact } = link;
    for (let effects = negotiation.takeEffects(); effects.length > 0; effects = negotiation.takeEffects()) {
      for (const effect of effects) this.#carryOut(link, effect);
    }
    link.stopTimer();
    if (negotiation.phase === 'over') {
      this.#links.delete(contact.id.text);
      if (negotiation.hasFailed) this.#memory.failed(contact.id, this.#now());
      return;
    }
    const at = negotiation.nextDeadline();
    if (at === undefined) return;
    link.stopTimer = this.parts.clock.after(Math.max(0, at - this.#now()), () => {
      negotiation.advance(this.#now());
      this.#run(link);
    });
  }

  #carryOut(link: Link, effect: LinkEffect): void {
    const { contact } = link;
    const { events } = this.parts;
    const peer = (attempt: number): PeerConnection | undefined =>
      link.connection?.attempt === attempt ? link.connection.peer : undefined;
    switch (effect.do) {
      case 'dial':
        return this.#dial(link, effect.attempt, effect.offer);
      case 'hang-up':
        link.connection?.pulse.end();
        peer(effect.attempt)?.close();
        link.connection = undefined;
        return;
      case 'answered':
        return peer(effect.attempt)?.answered(effect.sdp);
      case 'reachable-at':
        return peer(effect.attempt)?.reachableAt(effect.candidates);
      case 'signal': {
        const bytes = encodeSignal(effect.signal);
        return this.#tell(() => events.signal(contact, bytes));
      }
      case 'opened':
        link.isOpen = true;
        return this.#tell(() => events.opened(contact.id));
      case 'closed':
        link.isOpen = false;
        if (isAbuse(effect.why)) this.#memory.failed(contact.id, this.#now());
        return this.#tell(() => events.closed(contact.id, effect.why));
    }
  }

  #dial(link: Link, attempt: number, offer: string | undefined): void {
    try {
      const peer = this.openConnection(offer, this.#eventsOf(link, attempt));
      const ask = (): void => peer.send(Uint8Array.of(pulse.asks));
      const livePulse = new LinkPulse(this.parts.clock, ask, () => this.#end(link, 'failed'));
      link.connection = { attempt, peer, pulse: livePulse };
    } catch {
      link.negotiation.ended(attempt, this.#now());
    }
  }

  #eventsOf(link: Link, attempt: number): PeerConnectionEvents {
    const { negotiation } = link;
    const assembly = new PacketAssembly();
    const allowance = new InboundAllowance(this.#now());
    // What is still told of a connection that was given up counts no more.
    const ran =
      <Told extends readonly unknown[]>(call: (...told: Told) => void) =>
      (...told: Told): void => {
        if (this.#isClosed || link.connection?.attempt !== attempt) return;
        call(...told);
        this.#run(link);
      };
    return {
      described: ran((sdp: string) => negotiation.described(attempt, sdp, this.#now())),
      gathered: ran(() => negotiation.gathered(attempt, this.#now())),
      candidate: ran((candidate) => negotiation.reachable(attempt, candidate, this.#now())),
      opened: ran(() => negotiation.opened(attempt)),
      wavering: ran((isWavering: boolean) => negotiation.wavering(attempt, isWavering, this.#now())),
      ended: ran(() => negotiation.ended(attempt, this.#now())),
      message: ran((bytes: Uint8Array | undefined) => {
        if (bytes === undefined) return negotiation.end('malformed');
        if (!allowance.take(bytes.length, this.#now())) return negotiation.end('too-much');
        link.connection!.pulse.heard();
        if (isPulse(bytes, pulse.answers)) return;
        if (isPulse(bytes, pulse.asks)) return this.#answerPulse(link);
        const packet = assembly.take(bytes);
        if (packet === 'part') return;
        if (typeof packet === 'string') return negotiation.end(packet);
        this.#tell(() => this.parts.events.packet(link.contact.id, packet));
      }),
    };
  }

  #answerPulse({ connection, negotiation }: Link): void {
    try {
      connection?.peer.send(Uint8Array.of(pulse.answers));
    } catch {
      negotiation.end('failed');
    }
  }

  /** Afterwards, and in order: whoever calls is never called back within its call. */
  #tell(event: () => void): void {
    if (this.#isClosed) return;
    this.#untold.push(event);
    if (this.#untold.length === 1) queueMicrotask(() => this.#tellAll());
  }

  #tellAll(): void {
    const events = this.#untold;
    this.#untold = [];
    for (const event of events) if (!this.#isClosed) event();
  }
}
