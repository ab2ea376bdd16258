/**
 * Signed frames of this node (spec/dht.md, "Frames"): seals what goes out, in order, and opens what comes in. The own ticket
 * goes along until the other side has answered; a frame from somebody whose ticket is not known waits while it is asked
 * for. What is over the bounds, or does not verify, is dropped and counted.
 */
import { Key, type Contact, type Role, type Sender } from '@holdfast/dht';
import {
  openFrame,
  parseFrame,
  ReplayWindow,
  sealFrame,
  type OpenedFrame,
  type SigningKey,
  type Ticket,
} from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { overlayLimits } from '../limits.js';

export interface FramesParts {
  readonly self: Contact;
  readonly ticket: Ticket;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly role: () => Role;
}

export interface Sealing {
  readonly to: Contact;
  readonly isFlood: boolean;
  readonly payload: Uint8Array;
}

export interface Opened {
  readonly from: Sender;
  readonly isFlood: boolean;
  readonly payload: Uint8Array;
}

const nothing = new Uint8Array();

export class Frames {
  readonly #seen = new ReplayWindow();
  /** Of others, the last heard of last. */
  readonly #tickets = new Map<string, Ticket>();
  /** To whom the own ticket was sent, and whether something has come from there since: it is known there then. */
  readonly #told = new Map<string, 'sent' | 'answered'>();
  /** By sender, one frame each, until the ticket comes. */
  readonly #unread = new Map<string, { readonly frame: Uint8Array; readonly askedMs: number }>();
  #ticket: Ticket;
  #sealing: Promise<void> = Promise.resolve();
  #underway = 0;
  #dropped = 0;

  /** @param send  a frame that asks for a ticket, or brings one */
  constructor(
    private readonly parts: FramesParts,
    private readonly send: (to: Contact, frame: Uint8Array) => void,
  ) {
    this.#ticket = parts.ticket;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Through which archive a node is reached whose ticket is known. */
  archiveOf(id: Key): string | undefined {
    return this.#tickets.get(id.text)?.archive;
  }

  renewed(ticket: Ticket): void {
    this.#ticket = ticket;
    this.#told.clear();
  }

  /** Calls with the frame, in the order of these calls; or never, when too many are underway. */
  seal({ to, isFlood, payload }: Sealing, sealed: (frame: Uint8Array) => void): void {
    this.#seal(to, { isFlood, payload, wantsTicket: false }, sealed);
  }

  /**
   * What a frame says, and who says it; undefined when it says nothing that may be believed.
   * @param by  the archive through which the sender is said to be reached
   */
  async open(bytes: Uint8Array, by: string): Promise<Opened | undefined> {
    if (this.#underway >= overlayLimits.framesUnderwayMax) return this.#drop();
    this.#underway++;
    try {
      const { self, clock } = this.parts;
      const opened = await openFrame(bytes, {
        self: self.id.bytes,
        nowMs: clock.now(),
        ticketOf: (node) => this.#tickets.get(new Key(node).text),
        seen: this.#seen,
      });
      if (opened.ok) return this.#read(opened.value);
      if (opened.code === 'ticket-missing') this.#askForTicket(bytes, by);
      return this.#drop();
    } finally {
      this.#underway--;
    }
  }

  /** A frame that could not be read before its sender's ticket came. */
  takeUnread(from: Contact): Uint8Array | undefined {
    const unread = this.#unread.get(from.id.text);
    this.#unread.delete(from.id.text);
    return unread?.frame;
  }

  #read({ sender, isFlood, isObserver, wantsTicket, payload }: OpenedFrame): Opened | undefined {
    const id = new Key(sender.node);
    const from: Sender = {
      id,
      archive: sender.archive,
      role: isObserver ? 'observer' : 'server',
    };
    remember(this.#tickets, id.text, sender, overlayLimits.ticketsKnownMax);
    if (wantsTicket) {
      this.#told.delete(id.text);
      this.#seal(from, { isFlood: false, payload: nothing, wantsTicket: false }, (frame) =>
        this.send(from, frame),
      );
    } else if (this.#told.has(id.text)) {
      remember(this.#told, id.text, 'answered', overlayLimits.ticketsKnownMax);
    }
    return { from, isFlood, payload };
  }

  #askForTicket(bytes: Uint8Array, by: string): void {
    const parsed = parseFrame(bytes);
    if (!parsed.ok) return;
    const to = { id: new Key(parsed.value.from.slice()), archive: by };
    const askedMs = this.#unread.get(to.id.text)?.askedMs ?? -Infinity;
    const nowMs = this.parts.clock.now();
    const isAsked = nowMs < askedMs + overlayLimits.ticketAskedEveryMs;
    const unread = { frame: bytes, askedMs: isAsked ? askedMs : nowMs };
    remember(this.#unread, to.id.text, unread, overlayLimits.unreadFramesMax);
    if (isAsked) return;
    this.#seal(to, { isFlood: false, payload: nothing, wantsTicket: true }, (frame) => this.send(to, frame));
  }

  #seal(
    to: Contact,
    content: { readonly isFlood: boolean; readonly payload: Uint8Array; readonly wantsTicket: boolean },
    sealed: (frame: Uint8Array) => void,
  ): void {
    if (this.#underway >= overlayLimits.framesUnderwayMax) return void this.#drop();
    this.#underway++;
    const { clock, key, role } = this.parts;
    const sealing = async (): Promise<void> => {
      const isKnown = this.#told.get(to.id.text) === 'answered';
      const frame = await sealFrame(
        {
          ...content,
          isObserver: role() === 'observer',
          to: to.id.bytes,
          atMs: clock.now(),
        },
        this.#ticket,
        !isKnown,
        key,
      );
      if (!isKnown) remember(this.#told, to.id.text, 'sent', overlayLimits.ticketsKnownMax);
      sealed(frame);
    };
    this.#sealing = this.#sealing
      .then(sealing)
      // A message that is too long for a frame: the core bounds what it says, so there is none.
      .catch(() => void this.#drop())
      .finally(() => this.#underway--);
  }

  #drop(): undefined {
    this.#dropped++;
    return undefined;
  }
}

/** As the last one, at the cost of the first ones. */
function remember<T>(map: Map<string, T>, name: string, value: T, most: number): void {
  map.delete(name);
  map.set(name, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
