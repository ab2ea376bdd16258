/** What the operator sees of the WebSocket door (docs/operating/metrics.md). */
import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '@holdfast/protocol';
import type { Counter } from 'prom-client';
import { Metrics } from '../platform/metrics/metrics.js';
import type { Operation } from './operations.js';

@Injectable()
export class GatewayMetrics {
  private readonly requests: Counter<'operation' | 'outcome'>;

  constructor(private readonly metrics: Metrics) {
    this.requests = metrics.counter('holdfast_requests_total', 'Requests over the WebSocket that are over.', [
      'operation',
      'outcome',
    ]);
  }

  /** @param operation `none` for a message that is no request */
  readonly over = (operation: Operation | 'none', outcome: ErrorCode | 'ok'): void => {
    this.requests.inc({ operation, outcome });
  };

  measureConnections(count: () => number): void {
    this.metrics.gauge('holdfast_connections', 'WebSockets that are open.', count);
  }
}
