/**
 * A connection of the pool that is kept for a purpose, with settings of its session. It is given up only broken or for
 * good, because its settings must not surprise whoever would get it next.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Pool, PoolClient } from 'pg';

export class LeasedConnection {
  private isReturned = false;

  private constructor(readonly client: PoolClient) {}

  /**
   * @param settings statements that set up the session; trusted text
   * @throws HoldfastError `unavailable`, whatever it is that keeps the database from being reached
   */
  static async take(pool: Pool, settings: string): Promise<LeasedConnection> {
    const client = await pool.connect().catch((cause: unknown) => {
      throw new HoldfastError(
        'unavailable',
        'The database cannot be reached now: try again later.',
        {},
        { cause },
      );
    });
    const lease = new LeasedConnection(client);
    // The pool listens for idle connections only: without a listener the loss of this one would end the process.
    client.on('error', () => lease.giveUp());
    try {
      await client.query(settings);
      return lease;
    } catch (error) {
      lease.giveUp();
      throw error;
    }
  }

  get isLost(): boolean {
    return this.isReturned;
  }

  giveUp(): void {
    if (this.isReturned) return;
    this.isReturned = true;
    this.client.release(true);
  }
}
