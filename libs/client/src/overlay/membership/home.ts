/**
 * This client's membership at one of its archives, its home: joins there with a proof for this connection, has its node's
 * ticket signed and renewed before it expires, and carries frames out and in. The home stays the same over lost
 * connections, for another archive means another node id; when it has been away for a while another one is taken
 * (spec/relay.md).
 */
import { keyBytes, type Contact, type Role } from '@holdfast/dht';
import {
  decodeBase64urlOf,
  encodeBase64url,
  encodeRelayedFrame,
  HoldfastError,
  limits,
  parseRelayedFrame,
  signJoin,
  type ErrorCode,
  type SigningKey,
} from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { holdfastErrorOf } from '../../errors.js';
import { overlayLimits } from '../limits.js';
import type { ArchiveLink } from '../../link/archive-link.js';
import type { Archives } from '../../link/archives.js';
import { backoffMs } from '../../link/backoff.js';
import type { LinkAnswer } from '../../link/link-state.js';
import { isFinal } from '../../pacing.js';
import type { OverlayArchive } from '../overlay-contract.js';
import { contactOf } from './kept-contacts.js';
import { readMembership, type Membership } from './membership.js';

export interface HomeParts {
  readonly archives: Archives;
  readonly clock: Clock;
  readonly key: SigningKey;
  readonly role: () => Role;
}

export interface HomeEvents {
  /** Joined, again after a lost connection, or with a new ticket: `self` may be another one than before. */
  joined(membership: Membership, nearby: readonly Contact[]): void;
  /** @param archive  of the node that has sent it, as the home says */
  frame(frame: Uint8Array, archive: string): void;
  /** A frame could not be delivered to this node at this archive. */
  gone(contact: Contact): void;
  /** What `archives` says has changed. */
  changed(): void;
}

interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly count: number;
  readonly retryAt: number;
}

interface RelayStream {
  readonly link: ArchiveLink;
  stop: () => void;
  isJoined: boolean;
}

type RelayAnswer = Extract<LinkAnswer, { op: 'joined' | 'binary' | 'gone' }>;

/** All frames have one number, which no other request comes to: nobody waits for an answer to them. */
const frameNumber = limits.requestNumberMax;

export class Home {
  readonly #failures = new Map<ArchiveLink, Failure>();
  readonly #stopListening: (() => void)[] = [];
  /** The stream that is open or being opened. */
  #stream: RelayStream | undefined;
  /** Where it was joined last. */
  #link: ArchiveLink | undefined;
  #awaySince: number | undefined;
  #stopTimer: () => void = () => undefined;
  #stopRenewal: () => void = () => undefined;
  #isClosed = false;

  constructor(
    private readonly parts: HomeParts,
    private readonly events: HomeEvents,
  ) {}

  start(): void {
    const { archives } = this.parts;
    this.#stopListening.push(
      archives.onOpen((link) => {
        this.#failures.delete(link);
        this.#look();
      }),
      archives.onAway(() => this.events.changed()),
    );
    this.#look();
  }

  /** The link to the archive that relays for this node now. */
  get link(): ArchiveLink | undefined {
    return this.#stream?.isJoined === true ? this.#stream.link : undefined;
  }

  get archives(): readonly OverlayArchive[] {
    return this.parts.archives.main.map((link) => {
      const failure = this.#failures.get(link);
      const { url, state } = link;
      if (link === this.link) return { url, isJoined: true };
      if (failure !== undefined) {
        return { url, isJoined: false, code: failure.code, detail: failure.detail };
      }
      if (state.name === 'waiting') return { url, isJoined: false, code: state.code, detail: state.detail };
      return { url, isJoined: false, ...(state.name === 'closed' ? { code: state.code } : {}) };
    });
  }

  /** Hands a frame to the archive, which brings it on, says `gone`, or drops it. False when none is joined. */
  relay(to: Contact, frame: Uint8Array): boolean {
    const archive = decodeBase64urlOf(to.archive, keyBytes);
    const { link } = this;
    if (archive === undefined || link === undefined) return false;
    return link.post(encodeRelayedFrame({ n: frameNumber, archive, frame }));
  }

  /** Connected servers that the archive knows of near the target; none when it does not answer. */
  async nearby(target: string): Promise<Contact[]> {
    const { link } = this;
    if (link === undefined) return [];
    const answer = await link.request({ op: 'nearby', target }, 'contacts').catch(() => undefined);
    return (answer?.contacts ?? []).flatMap((one) => contactOf(one) ?? []);
  }

  /** Joins anew where it is joined: the archive is told the role with it. */
  rejoin(): void {
    if (this.#stream !== undefined) this.#join(this.#stream.link);
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stopListening) stop();
    this.#leave();
    this.#stopTimer();
  }

  #leave(): void {
    this.#stopRenewal();
    this.#stream?.stop();
    this.#stream = undefined;
  }

  /** Joins somewhere if it is joined nowhere and something can be done about it. */
  #look(): void {
    this.#stopTimer();
    this.#stopTimer = () => undefined;
    if (this.#isClosed || this.#stream !== undefined) return;
    const now = this.parts.clock.now();
    const open = this.parts.archives.main.filter((link) => link.open !== undefined);
    const ready = open.filter((link) => (this.#failures.get(link)?.retryAt ?? 0) <= now);
    const rehomeAt = (this.#awaySince ?? -Infinity) + overlayLimits.rehomeMs;
    const isFree = this.#link === undefined || now >= rehomeAt;
    const link = ready.find((one) => one === this.#link) ?? (isFree ? ready[0] : undefined);
    if (link !== undefined) return this.#join(link);
    const moments = open.map((one) => this.#failures.get(one)?.retryAt ?? rehomeAt);
    const next = Math.min(...moments.filter((moment) => moment > now));
    if (next < Infinity) this.#stopTimer = this.parts.clock.after(next - now, () => this.#look());
  }

  #join(link: ArchiveLink): void {
    this.#leave();
    const stream: RelayStream = { link, stop: () => void (isStopped = true), isJoined: false };
    let isStopped = false;
    this.#stream = stream;
    const isCurrent = (): boolean => !isStopped && this.#stream === stream;
    const failed = (error: HoldfastError): void => {
      if (!isCurrent()) return;
      stream.stop();
      this.#ended(link, stream.isJoined, error);
    };
    const { open } = link;
    if (open === undefined)
      return failed(new HoldfastError('archive-unreachable', 'The connection has ended.'));
    const { key, role } = this.parts;
    const opening = async (): Promise<void> => {
      const proof = await signJoin(key, open.archive, open.challenge);
      if (!isCurrent()) return;
      const stop = link.stream({ op: 'join', node: key.publicKey, role: role(), proof }, open.session, {
        answer: (answer) => {
          if (isCurrent()) this.#answered(answer as RelayAnswer, stream, open.archive).catch(failing);
        },
        failed,
      });
      stream.stop = () => {
        isStopped = true;
        stop();
      };
    };
    const failing = (thrown: unknown): void => failed(holdfastErrorOf(thrown));
    opening().catch(failing);
  }

  async #answered(answer: RelayAnswer, stream: RelayStream, archive: string): Promise<void> {
    switch (answer.op) {
      case 'joined': {
        const { clock, key } = this.parts;
        const membership = await readMembership(
          answer,
          archive,
          key,
          clock,
          stream.link.open?.aheadSeconds ?? 0,
        );
        if (this.#stream !== stream) return;
        stream.isJoined = true;
        this.#link = stream.link;
        this.#awaySince = undefined;
        this.#failures.delete(stream.link);
        this.#renewBefore(membership.ticket.expiry * 1_000);
        this.events.joined(
          membership,
          answer.nearby.flatMap((one) => contactOf(one) ?? []),
        );
        return this.events.changed();
      }
      case 'binary': {
        const relayed = parseRelayedFrame(answer.message);
        if (relayed.ok) this.events.frame(relayed.value.frame, encodeBase64url(relayed.value.archive));
        return;
      }
      case 'gone': {
        const contact = contactOf(answer);
        if (contact !== undefined) this.events.gone(contact);
      }
    }
  }

  /** Some time before the ticket expires, and not when everybody does it. */
  #renewBefore(expiresAtMs: number): void {
    const { clock } = this.parts;
    const leftMs = Math.max(0, expiresAtMs - clock.now());
    const share = 0.5 + 0.4 * clock.random();
    const delayMs = Math.max(overlayLimits.renewEveryMs, leftMs * share);
    this.#stopRenewal();
    this.#stopRenewal = clock.after(Math.min(delayMs, overlayLimits.renewMaxMs), () => this.rejoin());
  }

  #ended(link: ArchiveLink, wasJoined: boolean, error: HoldfastError): void {
    this.#leave();
    const { clock } = this.parts;
    if (wasJoined) this.#awaySince = clock.now();
    if (link.open !== undefined) {
      const count = (this.#failures.get(link)?.count ?? 0) + 1;
      const delayMs = backoffMs(count, clock.random(), {
        baseMs: overlayLimits.joinBackoffBaseMs,
        maxMs: overlayLimits.joinBackoffMaxMs,
      });
      // What no repetition changes may be otherwise when the archive says hello again.
      const retryAt = isFinal(error) ? Infinity : clock.now() + delayMs;
      const { code, message } = error;
      this.#failures.set(link, { code, detail: message, count, retryAt });
    }
    this.#look();
    this.events.changed();
  }
}
