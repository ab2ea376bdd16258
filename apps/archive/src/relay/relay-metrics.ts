/** What the operator sees of the relay (docs/operating/metrics.md). */
import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../platform/metrics/metrics.js';
import type { RelayQuota } from './frame-budget.js';
import type { NodeRole } from './node-contact.js';

/** To a node here from a node here, to a peer, or to a node here from a peer. */
export type Way = 'here' | 'to-peer' | 'from-peer';

/** `unread`: whom it is for does not read what it is sent. `peer`: more than one peer may have carried. */
export type DropReason = RelayQuota | 'unread' | 'peer';

@Injectable()
export class RelayMetrics {
  private readonly frames: Readonly<Record<Way, Counter.Internal>>;
  private readonly goneTold: Counter;
  private readonly droppedFrames: Counter<'reason'>;
  private readonly refusedTickets: Counter;

  constructor(private readonly metrics: Metrics) {
    const frames = metrics.counter('holdfast_relay_frames_total', 'Frames that were carried.', ['way']);
    this.frames = {
      here: frames.labels({ way: 'here' }),
      'to-peer': frames.labels({ way: 'to-peer' }),
      'from-peer': frames.labels({ way: 'from-peer' }),
    };
    this.goneTold = metrics.counter('holdfast_relay_gone_total', 'Frames for nodes that were not there.', []);
    this.droppedFrames = metrics.counter('holdfast_relay_dropped_total', 'Frames that were dropped.', [
      'reason',
    ]);
    this.refusedTickets = metrics.counter('holdfast_relay_tickets_refused_total', 'Joins without room.', []);
  }

  measureNodes(count: (role: NodeRole) => number): void {
    this.metrics.gaugeOf('holdfast_relay_nodes', 'Nodes that have joined.', 'role', async () => {
      const roles: readonly NodeRole[] = ['server', 'observer'];
      return new Map(roles.map((role) => [role, count(role)]));
    });
  }

  carried(way: Way): void {
    this.frames[way].inc();
  }

  gone(): void {
    this.goneTold.inc();
  }

  dropped(reason: DropReason): void {
    this.droppedFrames.inc({ reason });
  }

  ticketRefused(): void {
    this.refusedTickets.inc();
  }
}
