/**
 * What runs on the connections with peers: a link for each, on the stores of this archive. As long as there is one, what
 * is new in the log is kept in memory and departures are numbered; both cost something that no archive without peers
 * should pay.
 */
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LinkShared, openLink, type Channel, type Comparison, type Link } from '@holdfast/gossip';
import { DepartureService } from '../../crates/departure.service.js';
import { DeparturesLog } from '../../crates/departures-log/departures-log.js';
import { HolderService } from '../../crates/holders/holder.service.js';
import type { ComparedSets, LinkedPeer, LinkOpener, LinkSession } from '../../peers/link-opener.js';
import { PeerBook } from '../../peers/peer-book.js';
import { Horizon } from '../../platform/archive-identity/horizon.js';
import { ArchiveSettings } from '../../platform/settings.js';
import { GossipDepartures } from '../departures/gossip-departures.js';
import { GossipRecords } from '../records/gossip-records.js';
import { LogSource } from '../records/log-source.js';
import { realSurroundings } from './real-surroundings.js';

@Injectable()
export class GossipLinks implements LinkOpener, BeforeApplicationShutdown {
  private readonly shared = new LinkShared();
  private readonly links = new Set<Link>();

  constructor(
    private readonly records: GossipRecords,
    private readonly source: LogSource,
    private readonly log: DeparturesLog,
    private readonly departures: DepartureService,
    private readonly crates: HolderService,
    private readonly book: PeerBook,
    private readonly settings: ArchiveSettings,
    private readonly horizon: Horizon,
  ) {}

  open({ id }: LinkedPeer, channel: Channel): LinkSession {
    const leave = [this.source.attend(), this.log.attend()];
    const link = openLink({
      channel,
      peerId: id,
      records: this.records,
      departures: new GossipDepartures(id, this.log, this.departures, this.crates),
      progress: this.book.progressWith(id),
      exchange: this.book.exchangeWith(id),
      own: { scope: this.settings.scope, horizon: () => this.horizon.lastKnown(Date.now()) },
      shared: this.shared,
      surroundings: realSurroundings,
    });
    this.links.add(link);
    void link.ended.then(() => {
      this.links.delete(link);
      for (const each of leave) each();
    });
    return sessionOf(link);
  }

  /** What links are in the middle of ends before the database is away. */
  async beforeApplicationShutdown(): Promise<void> {
    const links = [...this.links];
    for (const link of links) link.close();
    await Promise.all(links.map(({ ended }) => ended));
  }
}

const sessionOf = (link: Link): LinkSession => ({
  received: (frame) => link.received(frame),
  closed: (error) => link.closed(error),
  ended: link.ended,
  get stats() {
    return link.stats;
  },
  compareNow: async () => comparedSets(await link.compareNow({ fetch: false })),
});

const comparedSets = ({ have, need, haveCount, needCount, truncated }: Comparison): ComparedSets => ({
  onlyHere: have,
  onlyThere: need,
  onlyHereCount: haveCount,
  onlyThereCount: needCount,
  isComplete: !truncated,
});
