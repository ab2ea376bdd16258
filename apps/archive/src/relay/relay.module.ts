/** The relay: lets clients be nodes of the overlay, and carries what they say to each other (spec/relay.md). */
import { Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { limits } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { PeerLinks } from '../peers/peer-links.js';
import { PeersModule } from '../peers/peers.module.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { ArchiveSettings } from '../platform/settings.js';
import { FrameBudgets } from './frame-budgets.js';
import type { FrameRates } from './frame-budget.js';
import { JoiningService } from './joining.service.js';
import { NodeRegistry } from './node-registry.js';
import { PeerNews } from './peer-news.js';
import { NodeTickets } from './node-tickets.js';
import { RelayMetrics } from './relay-metrics.js';
import { RelayOperations } from './relay.operations.js';
import { RelayService } from './relay.service.js';
import { TicketRoom } from './ticket-room.js';

@Module({
  imports: [PeersModule],
  providers: [
    NodeRegistry,
    RelayMetrics,
    RelayOperations,
    {
      provide: JoiningService,
      inject: [ArchiveIdentity, ArchiveSettings, NodeRegistry, RelayMetrics],
      useFactory: (
        identity: ArchiveIdentity,
        settings: ArchiveSettings,
        nodes: NodeRegistry,
        metrics: RelayMetrics,
      ) =>
        new JoiningService({
          archive: identity.id,
          nodes,
          tickets: new NodeTickets(identity),
          room: new TicketRoom(settings.relayTicketsPerNetwork),
          rates: ratesOf(settings),
          nearbyMax: limits.nearbyNodesMax,
          nowMs: Date.now,
          onTicketRefused: () => metrics.ticketRefused(),
        }),
    },
    {
      provide: FrameBudgets,
      inject: [ArchiveSettings],
      useFactory: (settings: ArchiveSettings) => new FrameBudgets(ratesOf(settings)),
    },
    {
      provide: RelayService,
      inject: [ArchiveIdentity, NodeRegistry, FrameBudgets, RelayMetrics],
      useFactory: (
        identity: ArchiveIdentity,
        nodes: NodeRegistry,
        budgets: FrameBudgets,
        metrics: RelayMetrics,
      ) =>
        new RelayService({
          archive: identity.id,
          nodes,
          budgets,
          metrics,
          nowMs: Date.now,
          random: Math.random,
          toldNodesMax: limits.toldNodesMax,
        }),
    },
  ],
})
export class RelayModule implements OnModuleInit, OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly news: PeerNews;

  constructor(
    private readonly settings: ArchiveSettings,
    private readonly links: PeerLinks,
    private readonly relay: RelayService,
    private readonly joining: JoiningService,
    private readonly nodes: NodeRegistry,
    private readonly budgets: FrameBudgets,
    metrics: RelayMetrics,
  ) {
    metrics.measureNodes((role) => nodes.count(role));
    this.news = new PeerNews({
      servers: () => nodes.count('server'),
      tellPeers: () => relay.tellPeers(),
      fewMax: limits.toldNodesMax,
      soonMs: archiveLimits.tellNodesSoonMs,
      after: (delayMs, call) => {
        const timer = setTimeout(call, delayMs);
        return () => clearTimeout(timer);
      },
    });
  }

  onModuleInit(): void {
    if (!this.settings.relay) return;
    this.links.relayWith(this.relay);
    this.nodes.onServer = () => this.news.serverCame();
    this.timers.push(
      setInterval(() => this.relay.tellPeers(), archiveLimits.tellNodesMs),
      setInterval(() => this.sweep(), archiveLimits.nodeSweepMs),
    );
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.news.stop();
  }

  private sweep(): void {
    this.joining.endExpired();
    this.budgets.forgetFull(Date.now());
  }
}

const ratesOf = (settings: ArchiveSettings): FrameRates => ({
  framesPerSecond: settings.relayFramesPerSecond,
  bytesPerSecond: settings.relayBytesPerSecond,
  floodsPerMinute: settings.relayFloodsPerMinute,
});
