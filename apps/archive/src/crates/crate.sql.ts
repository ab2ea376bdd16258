/**
 * The statements of crate.repository.ts. Each is one transaction; locks are taken in one order so that few cross.
 * Crates are looked up by their ids alone, with `= any` or a scalar subquery: given a join, or a second condition, the
 * planner reads the whole table, or all that waits, as long as these are of a middling size.
 */
import { isPairwise } from './quotas/collected-mailboxes.sql.js';

const named = (name: string, text: string) => ({ name: `crate-${name}`, text });

const fits = (crates: string, bytes: string, pairwise: string): string =>
  `case when ${pairwise} then ${crates} <= $12 and ${bytes} <= $13 else ${crates} <= $10 and ${bytes} <= $11 end`;

/** Usage first, because its row is the mailbox's lock; a mailbox without room for all of its crates gets none in. */
export const depositSql = named(
  'deposit',
  `with incoming as materialized (
     select *, (select state from crate where crate.id = arriving.id) as state
     from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::int[], $7::int[], $8::int[])
       with ordinality as arriving (id, mailbox, nonce, ack_hash, recall_hash, expiry_hour, begins, size_bytes, i)
   ), fresh as (
     select * from incoming where state is null
   ), wanted as (
     select mailbox, count(*)::int as crates, sum(size_bytes)::bigint as bytes,
       (select ${isPairwise('known', '$14')} from mailbox_usage as known where known.mailbox = fresh.mailbox) as is_pairwise
     from fresh group by mailbox
   ), granted as (
     insert into mailbox_usage as held (mailbox, crates, bytes)
     select mailbox, crates, bytes from wanted where ${fits('crates', 'bytes', 'is_pairwise')} order by mailbox
     on conflict (mailbox) do update
       set crates = held.crates + excluded.crates, bytes = held.bytes + excluded.bytes
       where ${fits('held.crates + excluded.crates', 'held.bytes + excluded.bytes', isPairwise('held', '$14'))}
     returning mailbox
   ), stored as (
     insert into crate (id, mailbox, envelope, size_bytes, expiry_hour, nonce, ack_hash, recall_hash)
     select id, mailbox, substring($9::bytea from begins for size_bytes), size_bytes, expiry_hour, nonce, ack_hash, recall_hash
     from fresh where mailbox in (select mailbox from granted) order by i
     returning id, seq
   )
   select incoming.i::int, incoming.state, stored.seq::text
   from incoming left join stored on stored.id = incoming.id`,
);

export const roomSql = named(
  'room',
  `select mailbox, crates, bytes, coalesce(${isPairwise('usage', '$2')}, false) as is_pairwise
   from mailbox_usage as usage where mailbox = any($1)`,
);

export const totalSql = named(
  'total',
  'select coalesce(sum(crates), 0) as crates, coalesce(sum(bytes), 0) as bytes from mailbox_usage',
);

export const findSql = named(
  'find',
  'select id, mailbox, nonce, ack_hash, recall_hash, size_bytes, expiry_hour, state, proof from crate where id = any($1)',
);

/** From `gone (id, mailbox, size_bytes)`: the row exists, so the insert always becomes the update, in one order. */
const freeUsage = `freed as (
     insert into mailbox_usage as held (mailbox, crates, bytes)
     select mailbox, -count(*)::int, -sum(size_bytes)::bigint from gone group by mailbox order by mailbox
     on conflict (mailbox) do update
       set crates = held.crates + excluded.crates, bytes = held.bytes + excluded.bytes
   )`;

export const departSql = named(
  'depart',
  `with departing as (
     select * from unnest($1::bytea[], $2::text[], $3::bytea[]) as crate (id, state, proof)
   ), known as materialized (
     select id, state from crate where id = any($1) order by id for update
   ), waiting as (
     select id from known where state = 'accepted'
   ), gone as (
     update crate
     set state = departing.state, proof = departing.proof, envelope = null, next_attempt_at = null, left_at = now(),
       left_hour = case when departing.proof is not null then $4::int end
     from departing join waiting using (id) where crate.id = any($1) and crate.id = departing.id
     returning crate.id, crate.mailbox, crate.size_bytes, crate.state
   ), ${freeUsage}
   select id, mailbox, state from gone`,
);

export const expireSql = named(
  'expire',
  `with waiting as (
     select id from crate where state = 'accepted' and expiry_hour <= $1
     order by expiry_hour limit $2 for update skip locked
   ), gone as (
     update crate set state = 'expired', envelope = null, next_attempt_at = null, left_at = now()
     where id in (select id from waiting)
     returning id, mailbox, size_bytes, state
   ), ${freeUsage}
   select id, mailbox, state from gone`,
);

/** With its last tombstone a mailbox that is empty, and that nobody collects here, is forgotten too. */
export const removeTombstonesSql = named(
  'remove-tombstones',
  `with old as (
     select id from crate where state <> 'accepted' and expiry_hour <= $1
     order by expiry_hour limit $2 for update skip locked
   ), removed as (
     delete from crate where id in (select id from old) returning mailbox
   ), empty as (
     select mailbox from mailbox_usage
     where crates = 0 and collected_at is null and mailbox in (select mailbox from removed) order by mailbox for update skip locked
   ), forgotten as (
     delete from mailbox_usage
     where crates = 0 and collected_at is null and mailbox in (select mailbox from empty)
   )
   select count(*)::int as removed from removed`,
);
