/**
 * Whose batch is next on one connection. A connection may collect from many mailboxes, and each of their sessions could
 * send a whole batch: they take turns, in the order in which they ask, and a turn begins when the peer has taken in what
 * the ones before have sent. So what waits unread for a connection stays within one batch, however many mailboxes it
 * collects, and a mailbox with a long backlog holds up no other for longer than a batch.
 */
import type { Connection } from '../gateway/operations.js';

export class CollectTurns {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly connection: Pick<Connection, 'drained'>) {}

  /** Resolves when it is the caller's turn, with what ends it. */
  async take(): Promise<() => void> {
    const before = this.last;
    let end = (): void => undefined;
    this.last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    await this.connection.drained();
    return end;
  }
}
