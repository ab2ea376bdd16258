/** The operations on records over `WS /v1/ws`: publish, get, query, follow. */
import { Injectable } from '@nestjs/common';
import type { RequestOf } from '@holdfast/protocol';
import {
  Operations,
  type Connection,
  type OperationHandlers,
  type OperationsOfFeature,
} from '../gateway/operations.js';
import { RecordFollows } from './follow/record-follows.js';
import { RecordIngest } from './ingest/record-ingest.js';
import { RecordQueries } from './query/record-queries.js';

@Operations()
@Injectable()
export class RecordOperations implements OperationsOfFeature {
  /** The last query of each connection. */
  private readonly turns = new WeakMap<Connection, Promise<void>>();

  constructor(
    private readonly ingest: RecordIngest,
    private readonly queries: RecordQueries,
    private readonly follows: RecordFollows,
  ) {}

  readonly handlers: OperationHandlers = {
    publish: async ({ n, record }, connection) => {
      const { id, status } = await this.ingest.publish(record);
      connection.send({ op: 'published', n, id, status });
    },
    get: async ({ n, id }, connection) => {
      const { jws } = await this.queries.get(id);
      connection.send({ op: 'record', n, record: jws });
    },
    query: ({ n, filter }, connection) =>
      this.inTurn(connection, async () => {
        const page = await this.queries.page(filter);
        connection.send({ op: 'page', n, ...page });
      }),
    follow: (request, connection) => this.follow(request, connection),
  };

  /** Pages are large: a connection gets the next one when it has read the one before, so that few wait in memory. */
  private async inTurn(connection: Connection, query: () => Promise<void>): Promise<void> {
    const before = this.turns.get(connection) ?? Promise.resolve();
    const turn = before.then(async () => {
      await connection.drained();
      if (!connection.closed.aborted) await query();
    });
    this.turns.set(
      connection,
      turn.catch(() => undefined),
    );
    await turn;
  }

  private async follow({ n, filter, cursor }: RequestOf<'follow'>, connection: Connection): Promise<void> {
    const cancelled = new AbortController();
    connection.open(n, { kind: 'follow', cancel: () => cancelled.abort() });
    const sink = {
      entries: (entries: { cursor: string; record: string }[]) =>
        connection.send({ op: 'entries', n, entries }),
      caughtUp: (at: string) => connection.send({ op: 'caught-up', n, cursor: at }),
      drained: () => connection.drained(),
    };
    await this.follows.follow(filter, cursor, sink, cancelled.signal);
  }
}
