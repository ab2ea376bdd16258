/**
 * The crate table and the usage of each mailbox beside it, which change in one statement, hence in one transaction.
 * Kept true here: usage equals what waits; a quota is never passed; a crate leaves once and its state never changes
 * afterwards; within a mailbox `seq` grows in the order of the commits, because it is handed out while the mailbox's
 * usage is locked.
 */
import { Injectable } from '@nestjs/common';
import { encodeBase64url } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { retryingCrossed } from '../platform/database/crossed-commits.js';
import { Database } from '../platform/database/database.js';
import type { QueryConfig } from 'pg';
import type { ReadingConnections } from '../platform/database/reading-connections.js';
import type {
  Arrival,
  ArrivingCrate,
  Departure,
  HeldCrate,
  HeldState,
  PairwiseQuota,
  Usage,
  WayOut,
} from './crate.js';
import {
  departSql,
  depositSql,
  expireSql,
  findSql,
  removeTombstonesSql,
  roomSql,
  totalSql,
} from './crate.sql.js';
import { addHolders, tellHolders } from './holders/holder.repository.js';

export interface LeftCrate {
  readonly id: string;
  readonly mailbox: string;
  readonly state: WayOut;
}

@Injectable()
export class CrateRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes in what is new and fits, in the order given. No id may stand in `crates` twice.
   * @param quota of one mailbox; the same for the pairwise ones, unless another is given
   */
  async deposit(
    crates: readonly ArrivingCrate[],
    quota: Usage,
    pairwise: PairwiseQuota = { ...quota, since: new Date() },
  ): Promise<Arrival[]> {
    const quotas = { ordinary: quota, pairwise };
    const arrivals = new Map<string, Arrival>();
    let pending = crates;
    for (let attempt = 0; pending.length > 0; attempt++) {
      // Others took the room that was there a moment ago, again and again: refused is safer than promised.
      if (attempt === archiveLimits.crateCommitAttemptsMax) {
        for (const { id } of pending) arrivals.set(id, { kind: 'full', quota: 'mailbox-crates' });
        break;
      }
      const crossed = await this.depositOnce(pending, quotas, arrivals);
      if (crossed.length === 0) break;
      pending = await this.fitting(crossed, quotas, arrivals);
    }
    return crates.map(({ id }) => arrivals.get(id)!);
  }

  /**
   * What is known of the crates that are known, in any order.
   * @param readers connections to ask on instead of any in the pool
   */
  async find(ids: readonly string[], readers?: ReadingConnections): Promise<HeldCrate[]> {
    const statement = { ...findSql, values: [ids.map(toBytes)] };
    const rows = await (readers === undefined
      ? this.database.query<CrateRow>(statement).then((result) => result.rows)
      : readers.query<CrateRow>(statement));
    return rows.map((row) => ({
      id: encodeBase64url(row.id),
      mailbox: encodeBase64url(row.mailbox),
      nonce: row.nonce,
      ackHash: row.ack_hash,
      recallHash: row.recall_hash,
      state: row.state,
      sizeBytes: row.size_bytes,
      expiryHour: row.expiry_hour,
      proof: row.proof,
    }));
  }

  /** What waits in all mailboxes. */
  async total(): Promise<Usage> {
    const { rows } = await this.database.query<{ crates: string; bytes: string }>(totalSql);
    const { crates, bytes } = rows[0]!;
    return { crates: Number(crates), bytes: Number(bytes) };
  }

  /**
   * Lets the crates go that still wait, and answers which did. No id may stand in `departures` twice.
   * Their other holders are to be told, by a second statement, which also sees those that were named meanwhile.
   * @param hour where those that have a proof stand in the receipts log
   */
  async depart(
    departures: readonly Departure[],
    hour: number,
  ): Promise<{ readonly left: LeftCrate[]; readonly tell: string[] }> {
    const statement = {
      ...departSql,
      values: [
        departures.map(({ id }) => toBytes(id)),
        departures.map(({ state }) => state),
        departures.map(({ proof }) => (proof === null ? null : asBuffer(proof))),
        hour,
      ],
    };
    const toldBy = new Map(departures.map((departure) => [departure.id, departure.toldBy]));
    return retryingCrossed(() =>
      this.database.transaction(async (client) => {
        const left = (await client.query<LeftRow>(statement)).rows.map(toLeft);
        const gone = left.map(({ id }) => ({ id, toldBy: toldBy.get(id) }));
        return { left, tell: await tellHolders(client, gone, new Date()) };
      }),
    );
  }

  /** Lets crates go whose expiry hour is `hour` or before, at most a batch of them. */
  async expire(hour: number): Promise<LeftCrate[]> {
    const { rows } = await retryingCrossed(() =>
      this.database.query<LeftRow>({ ...expireSql, values: [hour, archiveLimits.expiryBatchMax] }),
    );
    return rows.map(toLeft);
  }

  /** Removes tombstones of crates whose expiry hour is `hour` or before, at most a batch; answers how many. */
  async removeTombstones(hour: number): Promise<number> {
    const { rows } = await retryingCrossed(() =>
      this.database.query<{ removed: number }>({
        ...removeTombstonesSql,
        values: [hour, archiveLimits.expiryBatchMax],
      }),
    );
    return rows[0]!.removed;
  }

  /** Answers the crates whose mailboxes had no room for all of theirs; the others stand in `arrivals` afterwards. */
  private async depositOnce(
    crates: readonly ArrivingCrate[],
    { ordinary, pairwise }: MailboxQuotas,
    arrivals: Map<string, Arrival>,
  ): Promise<ArrivingCrate[]> {
    // The envelopes travel as one binary value: in an array they would be sent as hexadecimal text.
    const begins: number[] = [];
    let total = 0;
    for (const { envelope } of crates) {
      begins.push(total + 1);
      total += envelope.length;
    }
    const statement = {
      ...depositSql,
      values: [
        crates.map(({ id }) => toBytes(id)),
        crates.map(({ mailbox }) => toBytes(mailbox)),
        crates.map(({ nonce }) => asBuffer(nonce)),
        crates.map(({ ackHash }) => asBuffer(ackHash)),
        crates.map(({ recallHash }) => asBuffer(recallHash)),
        crates.map(({ expiryHour }) => expiryHour),
        begins,
        crates.map(({ envelope }) => envelope.length),
        Buffer.concat(crates.map(({ envelope }) => envelope)),
        ordinary.crates,
        ordinary.bytes,
        pairwise.crates,
        pairwise.bytes,
        pairwise.since,
      ],
    };
    const rows = await retryingCrossed(() => this.store(statement, crates));
    const crossed: ArrivingCrate[] = [];
    for (const { i, state, seq } of rows) {
      const crate = crates[i - 1]!;
      if (seq !== null) arrivals.set(crate.id, { kind: 'stored', seq });
      else if (state !== null) arrivals.set(crate.id, { kind: 'held', state });
      else crossed.push(crate);
    }
    return crossed;
  }

  /** With the crates, in one transaction, the other holders that were named with those that are new. */
  private async store(statement: QueryConfig, crates: readonly ArrivingCrate[]): Promise<ArrivalRow[]> {
    if (crates.every(({ holders = [] }) => holders.length === 0)) {
      return (await this.database.query<ArrivalRow>(statement)).rows;
    }
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<ArrivalRow>(statement);
      const stored = rows.filter(({ seq }) => seq !== null).map(({ i }) => crates[i - 1]!);
      const named = stored.flatMap(({ id, holders = [] }) =>
        holders.map((holder) => ({ crate: id, ...holder })),
      );
      await addHolders(client, named, new Date());
      return rows;
    });
  }

  /**
   * Those that fit in their mailboxes one after the other, as far as can be seen without a lock; the others stand in
   * `arrivals` afterwards.
   */
  private async fitting(
    crates: readonly ArrivingCrate[],
    { ordinary, pairwise }: MailboxQuotas,
    arrivals: Map<string, Arrival>,
  ): Promise<ArrivingCrate[]> {
    const mailboxes = [...new Set(crates.map(({ mailbox }) => mailbox))];
    const { rows } = await this.database.query<UsageRow>({
      ...roomSql,
      values: [mailboxes.map(toBytes), pairwise.since],
    });
    const used = new Map(rows.map((row) => [encodeBase64url(row.mailbox), usageOf(row)]));
    return crates.filter(({ id, mailbox, envelope }) => {
      const before = used.get(mailbox) ?? { crates: 0, bytes: 0, isPairwise: false };
      const quota = before.isPairwise ? pairwise : ordinary;
      const after = { ...before, crates: before.crates + 1, bytes: before.bytes + envelope.length };
      const fits = after.crates <= quota.crates && after.bytes <= quota.bytes;
      if (fits) used.set(mailbox, after);
      else {
        const name = after.crates > quota.crates ? 'mailbox-crates' : 'mailbox-bytes';
        arrivals.set(id, { kind: 'full', quota: name });
      }
      return fits;
    });
  }
}

interface CrateRow {
  readonly id: Buffer;
  readonly mailbox: Buffer;
  readonly nonce: Buffer;
  readonly ack_hash: Buffer;
  readonly recall_hash: Buffer;
  readonly state: HeldState;
  readonly size_bytes: number;
  readonly expiry_hour: number;
  readonly proof: Buffer | null;
}

interface LeftRow {
  readonly id: Buffer;
  readonly mailbox: Buffer;
  readonly state: WayOut;
}

interface ArrivalRow {
  readonly i: number;
  readonly state: HeldState | null;
  /** Null when it was not stored now. */
  readonly seq: string | null;
}

interface UsageRow {
  readonly mailbox: Buffer;
  readonly crates: number;
  /** A bigint, as the driver hands it over. */
  readonly bytes: string;
  readonly is_pairwise: boolean;
}

interface MailboxQuotas {
  readonly ordinary: Usage;
  readonly pairwise: PairwiseQuota;
}

const usageOf = ({ crates, bytes, is_pairwise: isPairwise }: UsageRow) => ({
  crates,
  bytes: Number(bytes),
  isPairwise,
});

const toBytes = (text: string): Buffer => Buffer.from(text, 'base64url');
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const toLeft = (row: LeftRow): LeftCrate => ({
  id: encodeBase64url(row.id),
  mailbox: encodeBase64url(row.mailbox),
  state: row.state,
});
