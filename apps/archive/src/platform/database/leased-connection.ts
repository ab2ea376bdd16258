/**
 * A connection of the pool that is kept for a purpose, with settings of its session. It is given up only broken or for
 * good, because its settings must not surprise whoever would get it next.
 */
import { HoldfastError } from '@holdfast/protocol';
import pg from 'pg';

export class LeasedConnection {
  private isReturned = false;

  private constructor(readonly client: pg.PoolClient) {}

  /**
   * @param settings statements that set up the session; trusted text
   * @throws HoldfastError `unavailable`, whatever it is that keeps the database from being reached
   */
  static async take(pool: pg.Pool, settings: string): Promise<LeasedConnection> {
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
      await lease.query(settings);
      return lease;
    } catch (error) {
      lease.giveUp();
      throw error;
    }
  }

  get isLost(): boolean {
    return this.isReturned;
  }

  /**
   * Whatever is no refusal by the server gives the connection up: one that has not answered in time still waits for
   * that answer, and with it would whoever asks next.
   */
  async query<Row extends pg.QueryResultRow>(
    statement: string | pg.QueryConfig,
  ): Promise<pg.QueryResult<Row>> {
    try {
      return await this.client.query<Row>(statement);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) this.giveUp();
      throw error;
    }
  }

  giveUp(): void {
    if (this.isReturned) return;
    this.isReturned = true;
    this.client.release(true);
  }
}
