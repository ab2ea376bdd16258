/**
 * The crate table as delivery sees it: what waits in a mailbox, what is due for another attempt, and the attempts
 * themselves. Those are no promise, so their commits do not wait for the disk, and no update here waits for a lock.
 */
import { Injectable } from '@nestjs/common';
import { encodeBase64url, limits } from '@holdfast/protocol';
import { lastExpiredHour } from '../crates/crate.js';
import { archiveLimits } from '../limits.js';
import { Database } from '../platform/database/database.js';

export interface WaitingCrate {
  readonly id: string;
  readonly envelope: Buffer;
  /** How often it has been handed to its owner since the owner connected. */
  readonly attempts: number;
  /** Its place in the order of arrival within the mailbox. */
  readonly seq: string;
}

export interface WaitingBatch {
  readonly crates: readonly WaitingCrate[];
  /** Whether more may be there than there was room for. */
  readonly more: boolean;
}

/** How much is asked for. */
export interface Room {
  readonly crates: number;
  readonly bytes: number;
}

export interface Attempt {
  readonly id: string;
  readonly attempts: number;
  readonly nextAt: number;
}

@Injectable()
export class WaitingCratesRepository {
  constructor(private readonly database: Database) {}

  /** How many crates wait in the mailbox. */
  async count(mailbox: string): Promise<number> {
    const { rows } = await this.database.query<{ crates: number }>({
      ...countSql,
      values: [toBytes(mailbox)],
    });
    return rows[0]?.crates ?? 0;
  }

  /** The crates that have arrived after `seq`, oldest first, as many as fit into the room one after the other. */
  async after(mailbox: string, seq: string, room: Room, nowMs: number): Promise<WaitingBatch> {
    const values = [toBytes(mailbox), lastExpiredHour(nowMs), room.crates, room.bytes, seq];
    return toBatch((await this.database.query<WaitingRow>({ ...afterSql, values })).rows, room);
  }

  /**
   * The crates up to `seq` that are due for another attempt, oldest first, as many as fit into the room. One without a
   * time is due as well, unless it is in hand: its attempt was never noted, or somebody else has let it rest.
   */
  async due(
    mailbox: string,
    seq: string,
    room: Room,
    nowMs: number,
    inHand: readonly string[],
  ): Promise<WaitingBatch> {
    const until = [lastExpiredHour(nowMs), room.crates, room.bytes, seq, new Date(nowMs)];
    const values = [toBytes(mailbox), ...until, inHand.map(toBytes)];
    return toBatch((await this.database.query<WaitingRow>({ ...dueSql, values })).rows, room);
  }

  async noteAttempts(attempts: readonly Attempt[]): Promise<void> {
    await this.database.query({
      ...noteSql,
      values: [
        attempts.map(({ id }) => toBytes(id)),
        attempts.map(({ attempts: count }) => count),
        attempts.map(({ nextAt }) => new Date(nextAt)),
      ],
    });
  }

  /** The owner has come: everything that waits starts over. */
  async forgetAttempts(mailbox: string): Promise<void> {
    await this.database.query({ ...forgetSql, values: [toBytes(mailbox)] });
  }

  /** The place of the newest crate that waits in each of these mailboxes; none where nothing waits. */
  async newest(mailboxes: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await this.database.query<{ mailbox: Buffer; seq: string }>({
      ...newestSql,
      values: [mailboxes.map(toBytes)],
    });
    return new Map(rows.map(({ mailbox, seq }) => [encodeBase64url(mailbox), seq]));
  }

  /** The mailboxes in which crates are due for another attempt, at most a sweep's worth. */
  async mailboxesDue(nowMs: number): Promise<string[]> {
    const values = [new Date(nowMs), archiveLimits.deliverySweepMailboxesMax];
    const { rows } = await this.database.query<{ mailbox: Buffer }>({ ...mailboxesDueSql, values });
    return rows.map(({ mailbox }) => encodeBase64url(mailbox));
  }

  /** Nobody collects from these mailboxes: what is due there waits for its owner. */
  async restDue(mailboxes: readonly string[], nowMs: number): Promise<void> {
    await this.database.query({ ...restSql, values: [mailboxes.map(toBytes), new Date(nowMs)] });
  }
}

interface WaitingRow {
  readonly id: Buffer;
  readonly envelope: Buffer;
  readonly attempts: number;
  readonly seq: string;
  /** How many were looked at before the sizes were summed up. */
  readonly candidates: number;
}

const named = (name: string, text: string) => ({ name: `waiting-${name}`, text });

const countSql = named('count', 'select crates from mailbox_usage where mailbox = $1');

/** The envelope is carried as a reference until the sums have chosen: those left out are never read. */
const waitingSql = (condition: string) =>
  `select id, envelope, attempts, seq::text, candidates from (
     select id, envelope, attempts, seq, sum(size_bytes) over (order by seq) as total, (count(*) over ())::int as candidates
     from (
       select id, envelope, attempts, seq, size_bytes from crate
       where mailbox = $1 and state = 'accepted' and expiry_hour > $2 and ${condition}
       order by seq limit $3
     ) as candidate
   ) as summed where total <= $4 order by summed.seq`;

export const afterSql = named('after', waitingSql('seq > $5'));
export const dueSql = named(
  'due',
  waitingSql('seq <= $5 and (next_attempt_at <= $6 or next_attempt_at is null and id <> all($7))'),
);

export const newestSql = named(
  'newest',
  `select asked.mailbox, newest.seq::text
   from unnest($1::bytea[]) as asked (mailbox) cross join lateral (
     select seq from crate where crate.mailbox = asked.mailbox and state = 'accepted' order by seq desc limit 1
   ) as newest`,
);

/** Takes effect for the transaction that the statement is. */
const unhurried = `unhurried as materialized (select set_config('synchronous_commit', 'off', true))`;

export const noteSql = named(
  'note',
  `with ${unhurried}, attempt as (
     select * from unnest($1::bytea[], $2::int[], $3::timestamptz[]) as crate (id, attempts, next_attempt_at)
   ), known as materialized (
     select id, state from crate where id = any($1) for update skip locked
   ), held as (
     select id from known where state = 'accepted'
   )
   update crate set attempts = attempt.attempts, next_attempt_at = attempt.next_attempt_at
   from unhurried, attempt join held using (id) where crate.id = any($1) and crate.id = attempt.id`,
);

const forgetSql = named(
  'forget',
  `with ${unhurried}, held as (
     select id from crate where mailbox = $1 and state = 'accepted' and attempts > 0 for update skip locked
   )
   update crate set attempts = 0, next_attempt_at = null
   from unhurried where crate.id in (select id from held)`,
);

export const mailboxesDueSql = named(
  'mailboxes-due',
  `select distinct mailbox from crate
   where state = 'accepted' and next_attempt_at is not null and next_attempt_at <= $1 limit $2`,
);

const restSql = named(
  'rest',
  `with ${unhurried}, held as (
     select id from crate
     where mailbox = any($1) and state = 'accepted' and next_attempt_at <= $2 for update skip locked
   )
   update crate set next_attempt_at = null from unhurried where crate.id in (select id from held)`,
);

const largestCrateBytes = limits.crateSizesBytes.at(-1)!;
const toBytes = (text: string): Buffer => Buffer.from(text, 'base64url');

function toBatch(rows: readonly WaitingRow[], room: Room): WaitingBatch {
  const crates = rows.map(({ id, envelope, attempts, seq }) => ({
    id: encodeBase64url(id),
    envelope,
    attempts,
    seq,
  }));
  // When not even the first one fits, nothing tells of it.
  const candidates = rows[0]?.candidates;
  const more =
    candidates === undefined
      ? room.bytes < largestCrateBytes
      : crates.length < candidates || candidates === room.crates;
  return { crates, more };
}
