/**
 * Who else holds a crate, and what is still to be done there: one row for each crate and other archive, written in
 * the transaction that takes the crate in or lets it go, so that nothing of what was acknowledged is forgotten.
 */
import { Injectable } from '@nestjs/common';
import { encodeBase64url, limits, type CrateStatus } from '@holdfast/protocol';
import type { PoolClient } from 'pg';
import { retryingCrossed } from '../../platform/database/crossed-commits.js';
import { Database } from '../../platform/database/database.js';
import type { ReadingConnections } from '../../platform/database/reading-connections.js';
import type { HolderOf } from './holder.js';
import { addSql, elsewhereSql, knowsSql, lockSql, tellSql } from './holder.sql.js';

/** What a crate's status says of other archives. */
export type Elsewhere = Pick<CrateStatus, 'custody' | 'errands'>;

/** A crate that has left, and the archive that told of it. */
export interface ToldCrate {
  readonly id: string;
  readonly toldBy?: string | undefined;
}

@Injectable()
export class HolderRepository {
  constructor(private readonly database: Database) {}

  /** Adds to crates that are known already. Answers where there is something to do now. */
  addToKnown(holders: readonly HolderOf[], now: Date): Promise<string[]> {
    return retryingCrossed(() =>
      this.database.transaction(async (client) => {
        await client.query({ ...lockSql, values: [holders.map(({ crate }) => toBytes(crate))] });
        return addHolders(client, holders, now);
      }),
    );
  }

  /** Custody receipts that others have given for the crates, and what is still to be done there. */
  async elsewhere(
    ids: readonly string[],
    readers: ReadingConnections,
  ): Promise<ReadonlyMap<string, Elsewhere>> {
    const rows = await readers.query<HolderRow>({ ...elsewhereSql, values: [ids.map(toBytes)] });
    const found = new Map<string, Elsewhere>();
    for (const row of rows) {
      const crate = encodeBase64url(row.crate);
      const { custody = [], errands = [] } = found.get(crate) ?? {};
      found.set(crate, {
        custody: row.custody === null ? custody : [...custody, row.custody],
        errands: row.task === 'none' ? errands : [...errands, errandOf(row)],
      });
    }
    return new Map(
      [...found].map(([crate, { custody, errands }]) => [crate, withoutEmpty(custody, errands)]),
    );
  }

  async knows(archive: string, crates: readonly string[]): Promise<void> {
    const values = [crates.map(toBytes), toBytes(archive)];
    await retryingCrossed(() => this.database.query({ ...knowsSql, values }));
  }
}

/** In the transaction that makes the crates known, or holds their rows. Answers where there is something to do now. */
export async function addHolders(
  client: Pick<PoolClient, 'query'>,
  holders: readonly HolderOf[],
  now: Date,
): Promise<string[]> {
  if (holders.length === 0) return [];
  const { rows } = await client.query<{ url: string }>({
    ...addSql,
    values: [
      holders.map(({ crate }) => toBytes(crate)),
      holders.map(({ url }) => url),
      holders.map(({ bring }) => (bring ? 'bring' : 'none')),
      holders.map(({ archive }) => (archive === undefined ? null : toBytes(archive))),
      now,
      limits.holdersMax,
    ],
  });
  return rows.map(({ url }) => url);
}

/** Within the transaction that lets the crates go. Answers who is to be told. */
export async function tellHolders(
  client: Pick<PoolClient, 'query'>,
  crates: readonly ToldCrate[],
  now: Date,
): Promise<string[]> {
  if (crates.length === 0) return [];
  const { rows } = await client.query<{ url: string }>({
    ...tellSql,
    values: [
      crates.map(({ id }) => toBytes(id)),
      crates.map(({ toldBy }) => (toldBy === undefined ? null : toBytes(toldBy))),
      now,
    ],
  });
  return rows.map(({ url }) => url);
}

interface HolderRow {
  readonly crate: Buffer;
  readonly url: string;
  readonly task: 'none' | 'bring' | 'tell';
  readonly custody: string | null;
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly code: string | null;
}

const errandOf = ({ url, attempts, next_attempt_at: next, code }: HolderRow) => ({
  url,
  attempts,
  ...(next === null ? {} : { nextAttempt: Math.floor(next.getTime() / 1000) }),
  ...(code === null ? {} : { code }),
});

const withoutEmpty = (custody: Elsewhere['custody'] = [], errands: Elsewhere['errands'] = []): Elsewhere => ({
  ...(custody.length === 0 ? {} : { custody }),
  ...(errands.length === 0 ? {} : { errands }),
});

const toBytes = (text: string): Buffer => Buffer.from(text, 'base64url');
