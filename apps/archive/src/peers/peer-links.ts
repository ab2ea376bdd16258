/**
 * The links that are open: one for each pair of archives, and none with a peer that is not trusted. Of two connections
 * that were made at the same moment the one stays that the archive with the smaller id has dialed, which both sides
 * decide alike; one that comes later replaces the other, whose end this archive has then not heard of.
 */
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ErrorCode } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { Log } from '../platform/logging/log.js';
import { Heartbeat } from '../platform/web-sockets/heartbeat.js';
import { errorOf, type PeerConnection } from './peer-connection.js';
import { PeerBook } from './peer-book.js';
import { quietLinks } from './quiet-links.js';
import type {
  LinkedPeer,
  LinkEnd,
  LinkOpener,
  LinkSession,
  LinkStats,
  RelayOpener,
  RelaySession,
} from './link-opener.js';

/** What has gone over all links with a peer since this process started. */
export interface LinkTotals {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly recordsFetched: number;
  readonly recordsServed: number;
}

export interface OpenLink {
  readonly dialedByUs: boolean;
  readonly sinceMs: number;
  readonly connection: PeerConnection;
  readonly session: LinkSession;
  /** Where both archives relay. */
  readonly relay: RelaySession | undefined;
}

type EndListener = (id: string, end: LinkEnd, lastedMs: number) => void;

const nothing: LinkTotals = { bytesIn: 0, bytesOut: 0, recordsFetched: 0, recordsServed: 0 };

@Injectable()
export class PeerLinks implements BeforeApplicationShutdown {
  private readonly links = new Map<string, OpenLink>();
  /** Of links that are over. */
  private readonly totals = new Map<string, LinkTotals>();
  private readonly heartbeat = new Heartbeat(archiveLimits.heartbeatMs);
  private readonly endListeners: EndListener[] = [];
  private opener: LinkOpener = quietLinks;
  private relays: RelayOpener | undefined;
  private isStopping = false;

  constructor(
    private readonly book: PeerBook,
    private readonly identity: ArchiveIdentity,
    private readonly log: Log,
  ) {
    book.onChange((id) => void this.cutUnlessTrusted(id));
  }

  /** What runs on them from now on. */
  openWith(opener: LinkOpener): void {
    this.opener = opener;
  }

  /** And beside it, with peers that do the same. */
  relayWith(relays: RelayOpener): void {
    this.relays = relays;
  }

  /** Whether peers are told that this archive relays. */
  get isRelaying(): boolean {
    return this.relays !== undefined;
  }

  get isReady(): boolean {
    return !this.isStopping;
  }

  get(id: string): OpenLink | undefined {
    return this.links.get(id);
  }

  onEnded(listener: EndListener): void {
    this.endListeners.push(listener);
  }

  totalsOf(id: string): LinkTotals {
    const before = this.totals.get(id) ?? nothing;
    const link = this.links.get(id);
    return link === undefined ? before : sumOf(before, link);
  }

  /** Both sides of it have proved who they are. */
  take(peer: LinkedPeer, connection: PeerConnection): void {
    const before = this.links.get(peer.id);
    if (this.isStopping) {
      connection.close('unavailable');
      return;
    }
    if (before !== undefined && !this.replaces(peer, before)) {
      connection.close();
      return;
    }
    const link: OpenLink = {
      dialedByUs: peer.dialedByUs,
      sinceMs: Date.now(),
      connection,
      session: this.opener.open(peer, connection),
      relay: connection.relays ? this.relays?.open(peer, connection) : undefined,
    };
    this.links.set(peer.id, link);
    if (before !== undefined) this.settle(peer.id, before);
    before?.connection.close();
    const unwatch = this.heartbeat.watch(connection);
    void this.run(peer.id, link).finally(unwatch);
    connection.listen((message) => {
      if (link.relay?.received(message) === true) return;
      if (typeof message === 'string') link.session.received(message);
      else connection.misbehaved('Frames are text, where this archive does not relay.');
    });
    this.log.info({ peer: peer.id, dialedByUs: peer.dialedByUs }, 'a link with a peer is open');
    void this.book.heard(peer.id).catch(() => undefined);
    // What the operator has decided while it was being made.
    void this.cutUnlessTrusted(peer.id);
  }

  /** Another process on this database may have been told what this one was not. */
  cutThoseOutside(trusted: ReadonlySet<string>): void {
    for (const id of this.links.keys()) if (!trusted.has(id)) this.cut(id, 'not-authorised');
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.heartbeat.stop();
    const links = [...this.links.values()];
    for (const { connection } of links) connection.close();
    const late = setTimeout(() => {
      for (const { connection } of links) connection.terminate();
    }, archiveLimits.stopConnectionsMsMax);
    await Promise.all(links.map(({ connection }) => connection.closed));
    clearTimeout(late);
  }

  private replaces({ id, dialedByUs }: LinkedPeer, before: OpenLink): boolean {
    const isYoung = Date.now() - before.sinceMs < archiveLimits.linksCrossedMsMax;
    if (!isYoung || before.dialedByUs === dialedByUs) return true;
    return dialedByUs === this.identity.id < id;
  }

  private async run(id: string, link: OpenLink): Promise<void> {
    const { connection, session, sinceMs } = link;
    void session.ended.then(({ code, detail }) => connection.close(code, detail));
    const over = await connection.closed;
    link.relay?.closed();
    // One that was replaced is over for other reasons than the peer's.
    const isReplaced = this.links.get(id) !== link;
    if (!isReplaced) {
      this.links.delete(id);
      this.settle(id, link);
    }
    session.closed(over.code === undefined ? undefined : errorOf(over));
    // It may still be in the middle of something.
    const said = await session.ended;
    if (isReplaced) return;
    const end = connection.verdict ?? (said.code === undefined ? over : said);
    this.log.info({ peer: id, code: end.code, detail: end.detail, by: end.by }, 'a link with a peer is over');
    for (const listener of this.endListeners) listener(id, end, Date.now() - sinceMs);
  }

  private settle(id: string, link: OpenLink): void {
    this.totals.set(id, sumOf(this.totals.get(id) ?? nothing, link));
  }

  private async cutUnlessTrusted(id: string): Promise<void> {
    try {
      const peer = await this.book.find(id);
      if (peer?.state !== 'trusted') {
        this.cut(id, 'not-authorised');
        if (peer === undefined) this.totals.delete(id);
      }
    } catch (error) {
      this.log.warn({ error, peer: id }, 'the state of a peer could not be read');
    }
  }

  private cut(id: string, code: ErrorCode): void {
    this.links.get(id)?.connection.close(code, 'The operator has ended the link.');
  }
}

function sumOf(before: LinkTotals, { connection, session }: OpenLink): LinkTotals {
  const { recordsFetched, recordsServed }: LinkStats = session.stats;
  return {
    bytesIn: before.bytesIn + connection.bytesRead,
    bytesOut: before.bytesOut + connection.bytesWritten,
    recordsFetched: before.recordsFetched + recordsFetched,
    recordsServed: before.recordsServed + recordsServed,
  };
}
