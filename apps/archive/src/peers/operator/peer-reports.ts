/** What the operator sees of each peer: what the table says, and what its link says now. Times are NumericDate. */
import { Injectable } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import { isDialed, type Peer, type PeerState } from '../peer.js';
import { PeerBook } from '../peer-book.js';
import { PeerDialing } from '../peer-dialing.js';
import { PeerLinks } from '../peer-links.js';

export interface PeerReport {
  readonly id: string;
  readonly url: string | undefined;
  readonly state: PeerState;
  readonly origin: string;
  readonly dialed: boolean;
  readonly linked: boolean;
  readonly linkedSince: number | undefined;
  readonly addedAt: number;
  readonly heardAt: number | undefined;
  readonly lagRecords: number | undefined;
  readonly lagSeconds: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly recordsFetched: number;
  readonly recordsServed: number;
  readonly comparedAt: number | undefined;
  readonly differed: number | undefined;
  readonly syncedAt: number | undefined;
  readonly horizon: number | undefined;
  readonly nextAttempt: number | undefined;
  /** The code and a sentence. */
  readonly error: string | undefined;
  readonly errorAt: number | undefined;
  readonly misbehaved: number;
}

@Injectable()
export class PeerReports {
  constructor(
    private readonly book: PeerBook,
    private readonly links: PeerLinks,
    private readonly dialing: PeerDialing,
  ) {}

  async list(): Promise<PeerReport[]> {
    return (await this.book.list()).map((peer) => this.reportOf(peer));
  }

  /** @throws HoldfastError `peer-unknown` */
  async of(id: string): Promise<PeerReport> {
    const peer = await this.book.find(id);
    if (peer === undefined) throw new HoldfastError('peer-unknown', 'No such peer is known here.');
    return this.reportOf(peer);
  }

  private reportOf(peer: Peer): PeerReport {
    const { id, url, state, origin, horizon, error, misbehaved } = peer;
    // One that was blocked a moment ago may not be closed yet.
    const link = state === 'trusted' ? this.links.get(id) : undefined;
    const stats = link?.session.stats;
    const rests =
      misbehaved > 0 && (peer.nextAttemptAtMs ?? 0) > Date.now() ? peer.nextAttemptAtMs : undefined;
    const next = link === undefined ? (this.dialing.nextAttemptAtMs(id) ?? rests) : undefined;
    return {
      id,
      url,
      state,
      origin,
      dialed: isDialed(peer),
      linked: link !== undefined,
      linkedSince: secondsOf(link?.sinceMs),
      addedAt: secondsOf(peer.addedAtMs)!,
      heardAt: secondsOf(link?.connection.heardAtMs ?? peer.heardAtMs),
      lagRecords: stats?.lagRecords,
      lagSeconds: stats?.lagSeconds,
      ...this.links.totalsOf(id),
      comparedAt: secondsOf(stats?.comparedAtMs),
      differed: stats?.differed,
      syncedAt: secondsOf(peer.syncedAtMs),
      horizon,
      nextAttempt: secondsOf(next),
      error,
      errorAt: secondsOf(peer.errorAtMs),
      misbehaved,
    };
  }
}

const secondsOf = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.floor(ms / 1000);
