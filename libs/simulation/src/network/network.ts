/**
 * The network of a world: who can be reached, over what kind of link, and what is cut. Connections stay while a link is
 * cut, as they do on the Internet: what is sent is held up, and each side gives up when it notices, at once or late, or
 * goes on when the link heals before that. Every frame is noted in the trace, and counted for whoever checks costs.
 */
import type { Random } from '../chance/random.js';
import type { Timer, VirtualClock } from '../time/virtual-clock.js';
import type { Trace } from '../trace/trace.js';
import { ConnectionEnd, type Frame, type Wire } from './connection.js';
import { goodLink, latencyMsOf, transferMsOf, travelMsOf, type LinkQuality } from './link-quality.js';

/** How those at the ends of a broken connection find out: each side for itself, after a time between the two. */
export interface Noticing {
  readonly minMs: number;
  readonly maxMs: number;
}

export const noticedAtOnce: Noticing = { minMs: 0, maxMs: 0 };
/** A heartbeat that is missed. */
export const noticedLate: Noticing = { minMs: 10_000, maxMs: 60_000 };

export interface NetworkInit {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly trace: Trace;
  /** What no `setQuality` says otherwise; called for every frame. */
  readonly qualityOf?: (from: string, to: string) => LinkQuality;
  /** Sees every frame that arrives: for those who check, not for nodes. */
  readonly watch?: (from: string, to: string, frame: Frame) => void;
}

export type Accept = (end: ConnectionEnd) => void;

export interface DialListener {
  opened(end: ConnectionEnd): void;
  failed(): void;
}

/** How long a dialer waits for an answer that does not come. */
const dialTimeoutMs = 10_000;

export class Network implements Wire {
  readonly #init: NetworkInit;
  /** By the node, then by the port. */
  readonly #doors = new Map<string, Map<string, Accept>>();
  readonly #ends = new Map<string, Set<ConnectionEnd>>();
  readonly #cut = new Set<string>();
  readonly #qualities = new Map<string, LinkQuality>();
  frames = 0;
  bytes = 0;

  constructor(init: NetworkInit) {
    this.#init = init;
  }

  get nowMs(): number {
    return this.#init.clock.nowMs;
  }

  after(delayMs: number, call: () => void): Timer {
    return this.#init.clock.after(delayMs, call);
  }

  /** From now on the node can be dialed. The end's listener must be set before `accept` returns. */
  listen(node: string, accept: Accept, port = ''): void {
    const doors = this.#doors.get(node) ?? new Map<string, Accept>();
    this.#doors.set(node, doors.set(port, accept));
  }

  /** One of the two is called, later; nothing when the dialer has died meanwhile. @returns gives up the attempt */
  dial(from: string, to: string, listener: DialListener, port = ''): Timer {
    if (this.#isBlockedEitherWay(from, to)) return this.after(dialTimeoutMs, () => listener.failed());
    const thereMs = this.latencyMs(from, to) + this.latencyMs(to, from);
    return this.after(thereMs, () => {
      const accept = this.#doors.get(to)?.get(port);
      if (accept === undefined || this.#isBlockedEitherWay(from, to)) return listener.failed();
      const near = new ConnectionEnd(from, to, this);
      const far = new ConnectionEnd(to, from, this);
      near.other = far;
      far.other = near;
      this.#remember(near);
      this.#remember(far);
      this.#init.trace.note(`${from} > ${to} connected`);
      accept(far);
      listener.opened(near);
    });
  }

  /** Cuts the way between the two, or only the one from `from` to `to`. */
  cut(from: string, to: string, noticing: Noticing = noticedLate, bothWays = true): void {
    this.#init.trace.note(`${from} ${bothWays ? '|' : '>|'} ${to} cut`);
    this.#cut.add(wayOf(from, to));
    if (bothWays) this.#cut.add(wayOf(to, from));
    for (const end of this.#endsBetween(from, to)) end.noticeAfter(this.#noticeMs(noticing));
  }

  heal(from: string, to: string): void {
    this.#init.trace.note(`${from} = ${to} healed`);
    this.#cut.delete(wayOf(from, to));
    this.#cut.delete(wayOf(to, from));
    for (const end of this.#endsBetween(from, to)) {
      end.healed();
      end.other.healed();
    }
  }

  healAll(): void {
    const ways = [...this.#cut].map((way) => way.split('>') as [string, string]);
    for (const [from, to] of ways) this.heal(from, to);
    this.#qualities.clear();
  }

  /** The node is gone: nobody can dial it, and all its connections break. */
  dropNode(node: string, noticing: Noticing): void {
    this.#doors.delete(node);
    for (const end of this.#ends.get(node) ?? []) end.die(this.#noticeMs(noticing));
  }

  setQuality(from: string, to: string, quality: LinkQuality): void {
    this.#qualities.set(wayOf(from, to), quality);
    this.#qualities.set(wayOf(to, from), quality);
  }

  isBlocked(from: string, to: string): boolean {
    return this.#cut.size > 0 && this.#cut.has(wayOf(from, to));
  }

  departure(
    from: string,
    to: string,
    sizeBytes: number,
    freeMs: number,
  ): { leftMs: number; travelMs: number } {
    const quality = this.#qualityOf(from, to);
    return {
      leftMs: Math.max(this.nowMs, freeMs) + transferMsOf(quality, sizeBytes),
      travelMs: travelMsOf(quality, this.#init.random),
    };
  }

  latencyMs(from: string, to: string): number {
    return latencyMsOf(this.#qualityOf(from, to), this.#init.random);
  }

  noteFrame(from: string, to: string, frame: Frame): void {
    this.frames++;
    this.bytes += frame.length;
    this.#init.trace.note(`${from} > ${to} ${frame.length} bytes`, frame);
  }

  noteArrival(from: string, to: string, frame: Frame): void {
    this.#init.watch?.(from, to, frame);
  }

  forget(end: ConnectionEnd): void {
    const ends = this.#ends.get(end.from);
    ends?.delete(end);
    if (ends?.size === 0) this.#ends.delete(end.from);
  }

  #remember(end: ConnectionEnd): void {
    const ends = this.#ends.get(end.from);
    if (ends === undefined) this.#ends.set(end.from, new Set([end]));
    else ends.add(end);
  }

  #endsBetween(a: string, b: string): ConnectionEnd[] {
    const ends: ConnectionEnd[] = [];
    for (const end of this.#ends.get(a) ?? []) if (end.to === b) ends.push(end);
    for (const end of this.#ends.get(b) ?? []) if (end.to === a) ends.push(end);
    return ends;
  }

  #noticeMs({ minMs, maxMs }: Noticing): number {
    return this.#init.random.between(minMs, maxMs);
  }

  #isBlockedEitherWay(a: string, b: string): boolean {
    return this.isBlocked(a, b) || this.isBlocked(b, a);
  }

  #qualityOf(from: string, to: string): LinkQuality {
    const own = this.#qualities.size > 0 ? this.#qualities.get(wayOf(from, to)) : undefined;
    return own ?? this.#init.qualityOf?.(from, to) ?? goodLink;
  }
}

const wayOf = (from: string, to: string): string => `${from}>${to}`;
