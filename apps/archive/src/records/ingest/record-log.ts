/**
 * The writing end of the log: appends a batch of verified records in one transaction, on one connection that it keeps,
 * so that the statements stay prepared. A batch that fails because of what is in it is halved until the culprit stands
 * alone: one odd record must not fail its neighbours. spec/records.md, "Heads" and "Retractions".
 */
import { HoldfastError, type PublishStatus } from '@holdfast/protocol';
import type { Pool } from 'pg';
import { LeasedConnection } from '../../platform/database/leased-connection.js';
import { append, begin, commit, retract, sessionOf, tombstonesAmong } from './record-log.sql.js';
import type { VerifiedRecord } from './record-verifier.js';

/** What became of one record of a batch. */
export type AppendOutcome = PublishStatus | HoldfastError;

interface Appended {
  readonly count: number;
  readonly ids: string | null;
  readonly tombstones: string | null;
}

export class RecordLog {
  private connection: LeasedConnection | undefined;

  constructor(private readonly pool: Pool) {}

  /**
   * One batch at a time.
   * @param records of different ids
   * @throws the database's error when it is gone; what was committed before is known then, so that trying again is safe
   */
  async append(records: readonly VerifiedRecord[]): Promise<AppendOutcome[]> {
    if (this.connection === undefined || this.connection.isLost) {
      this.connection = await LeasedConnection.take(this.pool, sessionOf());
    }
    const { connection } = this;
    try {
      return await appendAll(connection, records);
    } catch (error) {
      await connection.query('rollback').catch(() => this.close());
      if (!isAboutContent(error)) throw unavailableWhenLocked(error);
      if (records.length === 1) return [unstorable(error)];
      const middle = records.length >> 1;
      const older = await this.append(records.slice(0, middle));
      return [...older, ...(await this.append(records.slice(middle)))];
    }
  }

  close(): void {
    this.connection?.giveUp();
    this.connection = undefined;
  }
}

async function appendAll(
  connection: LeasedConnection,
  records: readonly VerifiedRecord[],
): Promise<AppendOutcome[]> {
  const retractions = records.filter(({ isRetraction }) => isRetraction);
  // Sent at once, so that the server goes on while this process does other things. Of what fails, the first is told.
  const [, , { rows }] = await Promise.all([
    connection.query(begin),
    retractions.length === 0
      ? undefined
      : connection.query({ name: 'retract', text: retract, values: [listOf(retractions)] }),
    connection.query<Appended>({ name: 'append', text: append, values: [listOf(records)] }),
    connection.query(commit),
  ]);
  const { count, ids, tombstones } = rows[0]!;
  if (count === records.length && tombstones === null) return records.map(() => 'stored');
  return tell(connection, records, ids, tombstones);
}

const listOf = (records: readonly VerifiedRecord[]): string => `[${records.map(({ row }) => row).join()}]`;

async function tell(
  connection: LeasedConnection,
  records: readonly VerifiedRecord[],
  ids: string | null,
  tombstones: string | null,
): Promise<AppendOutcome[]> {
  const stored = new Set(ids?.split(' '));
  const retracted = new Set(tombstones?.split(' '));
  const names = records.map(({ id }) => Buffer.from(id, 'base64url').toString('hex'));
  const known = names.filter((name) => !stored.has(name));
  if (known.length > 0) {
    const { rows } = await connection.query<{ id: string }>({
      name: 'tombstones-among',
      text: tombstonesAmong,
      values: [known],
    });
    for (const { id } of rows) retracted.add(id);
  }
  return names.map((name) => (retracted.has(name) ? 'retracted' : stored.has(name) ? 'stored' : 'known'));
}

/** PostgreSQL classes 22 (data), 23 (integrity) and 54 (limits). */
function isAboutContent(error: unknown): boolean {
  return /^(22|23|54)/.test(codeOf(error));
}

function unstorable(cause: unknown): HoldfastError {
  return new HoldfastError(
    'internal-error',
    'The record is valid, but the database does not take it.',
    {},
    { cause },
  );
}

/** 55P03: another process holds the lock. 57014: the statement took too long. Neither says anything about the records. */
function unavailableWhenLocked(error: unknown): unknown {
  if (!['55P03', '57014'].includes(codeOf(error))) return error;
  return new HoldfastError('unavailable', 'The log is busy: try again in a moment.', {}, { cause: error });
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');
