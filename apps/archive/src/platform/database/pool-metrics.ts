/** What the operator sees of the pool that everything shares (docs/operating/metrics.md). */
import type { Pool } from 'pg';
import type { Metrics } from '../metrics/metrics.js';

export function measurePool(pool: Pool, metrics: Metrics): void {
  metrics.gauge(
    'holdfast_database_connections',
    'Connections to PostgreSQL that are open.',
    () => pool.totalCount,
  );
  metrics.gauge(
    'holdfast_database_connections_idle',
    'Connections to PostgreSQL that nobody uses at the moment.',
    () => pool.idleCount,
  );
  metrics.gauge(
    'holdfast_database_waiting',
    'Statements and transactions that wait for a connection to PostgreSQL.',
    () => pool.waitingCount,
  );
}
