/**
 * Keeps up the links that this archive dials: with trusted peers at addresses that its operator gave. What failed is
 * tried again later and later, what is linked is left alone, and who has misbehaved rests. The table is looked at after
 * every change and now and then, since another process on this database may have changed it.
 */
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
import { asHoldfastError } from '../platform/http/failure.js';
import { Log } from '../platform/logging/log.js';
import type { LinkEnd } from './link-opener.js';
import { misbehavedRestMs, redialMs } from './peer-backoff.js';
import { isDialed, type Peer } from './peer.js';
import { PeerBook } from './peer-book.js';
import { PeerDialer } from './peer-dialer.js';
import { errorOf } from './peer-connection.js';
import { PeerLinks } from './peer-links.js';

/** One peer that is to be linked. */
interface Dialed {
  url: string;
  failures: number;
  timer: NodeJS.Timeout | undefined;
  attempt: AbortController | undefined;
  nextAtMs: number | undefined;
}

@Injectable()
export class PeerDialing implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly dialed = new Map<string, Dialed>();
  private sweep: NodeJS.Timeout | undefined;
  private isStopped = false;
  /** One look at the table after the other. */
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly book: PeerBook,
    private readonly links: PeerLinks,
    private readonly dialer: PeerDialer,
    private readonly address: ArchiveAddress,
    private readonly log: Log,
  ) {
    book.onChange((id) => {
      // Whatever it was waiting for, the operator wants it now.
      this.forget(id);
      void this.look();
    });
    links.onEnded((id, end, lastedMs) => void this.ended(id, end, lastedMs));
  }

  onApplicationBootstrap(): void {
    // Others are told where this archive is, which is not known before.
    void this.address.isListening.then(() => {
      if (this.isStopped) return;
      this.sweep = setInterval(() => void this.look(), archiveLimits.peerSweepMs);
      return this.look();
    });
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    clearInterval(this.sweep);
    for (const id of this.dialed.keys()) this.forget(id);
  }

  /** When a peer is tried next; undefined when it is linked, or not dialed at all. */
  nextAttemptAtMs(id: string): number | undefined {
    return this.dialed.get(id)?.nextAtMs;
  }

  /** It has come by itself: whatever kept it away is over. */
  heardOf(id: string): void {
    const peer = this.dialed.get(id);
    if (peer !== undefined) peer.failures = 0;
  }

  look(): Promise<void> {
    this.looking = this.looking
      .then(() => this.lookNow())
      .catch((error: unknown) => this.log.warn({ error }, 'the peers could not be read'));
    return this.looking;
  }

  private async lookNow(): Promise<void> {
    if (this.isStopped) return;
    const peers = await this.book.list();
    const wanted = new Map(peers.filter(isDialed).map((peer) => [peer.id, peer]));
    for (const [id, { url }] of this.dialed) {
      if (wanted.get(id)?.url !== url) this.forget(id);
    }
    for (const peer of wanted.values()) this.keep(peer);
    const trusted = peers.filter(({ state }) => state === 'trusted').map(({ id }) => id);
    this.links.cutThoseOutside(new Set(trusted));
    for (const id of trusted) if (this.links.get(id) !== undefined) await this.book.heard(id);
  }

  private keep({ id, url, nextAttemptAtMs, misbehaved }: Peer): void {
    const known = this.dialed.get(id) ?? {
      url: url!,
      failures: 0,
      timer: undefined,
      attempt: undefined,
      nextAtMs: undefined,
    };
    this.dialed.set(id, known);
    if (known.timer !== undefined || known.attempt !== undefined || this.links.get(id) !== undefined) return;
    // After a restart only who has misbehaved is still left alone.
    const restMs = misbehaved > 0 ? (nextAttemptAtMs ?? 0) - Date.now() : 0;
    this.later(id, known, Math.max(0, restMs));
  }

  private later(id: string, peer: Dialed, ms: number): void {
    clearTimeout(peer.timer);
    peer.nextAtMs = Date.now() + ms;
    peer.timer = setTimeout(() => {
      peer.timer = undefined;
      peer.nextAtMs = undefined;
      void this.dial(id, peer);
    }, ms);
  }

  private async dial(id: string, peer: Dialed): Promise<void> {
    if (!this.links.isReady || this.links.get(id) !== undefined) return;
    const attempt = new AbortController();
    peer.attempt = attempt;
    try {
      const { isRelaying } = this.links;
      const connection = await this.dialer.dial({ id, url: peer.url }, attempt.signal, isRelaying);
      if (attempt.signal.aborted) connection.terminate();
      else this.links.take({ id, dialedByUs: true }, connection);
      peer.attempt = undefined;
      if (this.links.get(id) !== undefined) await this.book.fine(id).catch(() => undefined);
    } catch (error) {
      peer.attempt = undefined;
      if (attempt.signal.aborted || this.links.get(id) !== undefined) return;
      await this.failed(id, peer, asHoldfastError(error));
    }
  }

  private async failed(id: string, peer: Dialed, { code, message }: HoldfastError): Promise<void> {
    peer.failures += 1;
    this.later(id, peer, redialMs(peer.failures, Math.random()));
    const trouble = { code, detail: message, misbehaved: false, nextAttemptAtMs: peer.nextAtMs };
    await this.book
      .trouble(id, trouble)
      .catch((error: unknown) =>
        this.log.warn({ error, peer: id }, 'trouble with a peer could not be noted'),
      );
  }

  private async ended(id: string, end: LinkEnd, lastedMs: number): Promise<void> {
    const peer = this.dialed.get(id);
    if (peer !== undefined && lastedMs > archiveLimits.redialMsMax) peer.failures = 0;
    try {
      if (end.code === 'peer-misbehaved' && end.by === 'us') {
        await this.punish(id, peer, errorOf(end));
      } else if (peer !== undefined && !this.isStopped) {
        await this.failed(id, peer, errorOf(end));
      } else if (end.code !== undefined && end.code !== 'not-authorised') {
        const { code, message: detail } = errorOf(end);
        await this.book.trouble(id, { code, detail, misbehaved: false, nextAttemptAtMs: undefined });
      }
    } catch (error) {
      this.log.warn({ error, peer: id }, 'the end of a link could not be noted');
    }
  }

  private async punish(id: string, peer: Dialed | undefined, error: HoldfastError): Promise<void> {
    const { misbehaved = 0 } = (await this.book.find(id)) ?? {};
    const restMs = misbehavedRestMs(misbehaved + 1);
    this.log.warn({ peer: id, detail: error.message }, 'a peer has sent what no archive sends');
    if (peer !== undefined && !this.isStopped) this.later(id, peer, restMs);
    const nextAttemptAtMs = Date.now() + restMs;
    await this.book.trouble(id, {
      code: error.code,
      detail: error.message,
      misbehaved: true,
      nextAttemptAtMs,
    });
  }

  private forget(id: string): void {
    const peer = this.dialed.get(id);
    if (peer === undefined) return;
    clearTimeout(peer.timer);
    peer.attempt?.abort();
    this.dialed.delete(id);
  }
}
