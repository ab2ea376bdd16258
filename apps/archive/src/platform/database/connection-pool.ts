/**
 * A pool whose end is the end of its connections. pg's own says it has ended when it has said goodbye; a server that is
 * stopped right then still finds the connections open and ends them with an error that nobody has earned.
 */
import pg from 'pg';

export class ConnectionPool extends pg.Pool {
  private readonly opened = new Set<pg.PoolClient>();
  private lastClosed: (() => void) | undefined;

  constructor(config: pg.PoolConfig) {
    super(config);
    this.on('connect', (client) => void this.opened.add(client));
    this.on('remove', (client) => {
      this.opened.delete(client);
      if (this.opened.size === 0) this.lastClosed?.();
    });
  }

  /** Resolves when whoever holds a connection has released it and the server has let go of every one. */
  async close(): Promise<void> {
    await this.end();
    if (this.opened.size > 0) await new Promise<void>((resolve) => (this.lastClosed = resolve));
  }
}
