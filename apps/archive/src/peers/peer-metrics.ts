/** What the operator's graphs see of each trusted peer (docs/operating/metrics.md). These are few, and the operator's own. */
import { Injectable } from '@nestjs/common';
import { isErrorCode } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { Metrics } from '../platform/metrics/metrics.js';
import type { Peer } from './peer.js';
import { PeerBook } from './peer-book.js';
import { PeerLinks } from './peer-links.js';

/** Undefined: nothing is known of it now. */
type Read = (id: string) => number | undefined;

const states = ['trusted', 'pending', 'blocked'] as const;

@Injectable()
export class PeerMetrics {
  private latest: { readonly atMs: number; readonly peers: Promise<readonly Peer[]> } | undefined;

  constructor(
    private readonly book: PeerBook,
    links: PeerLinks,
    metrics: Metrics,
  ) {
    const gauge = (name: string, help: string, read: Read) =>
      metrics.gaugeOf(name, help, 'peer', () => this.ofTrusted(read));
    const counter = (name: string, help: string, read: Read) =>
      metrics.counterOf(name, help, 'peer', () => this.ofTrusted(read));
    const statsOf = (id: string) => links.get(id)?.session.stats;
    metrics.gaugeOf('holdfast_peers', 'Archives that are known.', 'state', () => this.byState());
    gauge('holdfast_peer_link_up', 'Whether the link is open.', (id) => Number(links.get(id) !== undefined));
    gauge('holdfast_peer_lag_records', 'Entries not looked at.', (id) => statsOf(id)?.lagRecords);
    gauge('holdfast_peer_lag_seconds', 'The age of the oldest of them.', (id) => statsOf(id)?.lagSeconds);
    gauge('holdfast_peer_differed_records', 'How far the sets differed.', (id) => statsOf(id)?.differed);
    gauge('holdfast_peer_compared_timestamp_seconds', 'When the sets were compared.', (id) => {
      const comparedAtMs = statsOf(id)?.comparedAtMs;
      return comparedAtMs === undefined ? undefined : comparedAtMs / 1000;
    });
    counter('holdfast_peer_received_bytes_total', 'Bytes from it.', (id) => links.totalsOf(id).bytesIn);
    counter('holdfast_peer_sent_bytes_total', 'Bytes to it.', (id) => links.totalsOf(id).bytesOut);
    counter('holdfast_peer_fetched_total', 'Records from it.', (id) => links.totalsOf(id).recordsFetched);
    counter('holdfast_peer_served_total', 'Records to it.', (id) => links.totalsOf(id).recordsServed);
    const ended = metrics.counter('holdfast_peer_links_ended_total', 'Links that are over.', ['code']);
    links.onEnded((_id, { code = 'none' }) => ended.inc({ code: isErrorCode(code) ? code : 'none' }));
  }

  private async byState(): Promise<ReadonlyMap<string, number>> {
    const known = await this.known();
    return new Map(states.map((state) => [state, known.filter((peer) => peer.state === state).length]));
  }

  private async ofTrusted(read: Read): Promise<ReadonlyMap<string, number>> {
    const values = new Map<string, number>();
    for (const { id, state } of await this.known()) {
      const value = state === 'trusted' ? read(id) : undefined;
      if (value !== undefined) values.set(id, value);
    }
    return values;
  }

  /** One look at the table for all that are read together. Without the database there is nothing to tell. */
  private known(): Promise<readonly Peer[]> {
    const now = performance.now();
    if (this.latest === undefined || now - this.latest.atMs > archiveLimits.peersSharedMs) {
      this.latest = { atMs: now, peers: this.book.list().catch(() => []) };
    }
    return this.latest.peers;
  }
}
