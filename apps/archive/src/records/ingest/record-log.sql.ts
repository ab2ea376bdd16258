/**
 * The SQL that appends to the log. `$1` is a JSON list of rows (record-row.ts): one parameter parses faster than nine
 * arrays.
 */
import { archiveLimits } from '../../limits.js';

/**
 * For the connection that all of it runs on. Without sequential scans: plans are cached when the tables may still be
 * empty. A machine that vanished between two statements would hold the lock for as long as the server waits for a
 * connection, which is hours: whoever holds it and falls silent loses it.
 */
export const sessionOf = (silenceMsMax: number = archiveLimits.appendSilenceMsMax): string =>
  `set enable_seqscan = off; set lock_timeout = ${archiveLimits.appendLockMsMax}; ` +
  `set statement_timeout = ${archiveLimits.appendMsMax}; ` +
  `set idle_in_transaction_session_timeout = ${silenceMsMax}`;

/**
 * The lock is what a cursor rests on: `seq` is handed out and committed while it is held, and it is released after the
 * commit has become visible, so whoever sees a seq sees every smaller one. Read committed, because every statement must
 * see what was committed before the lock was held. The number is the bytes of "hold".
 */
export const begin =
  `begin isolation level read committed; select pg_advisory_xact_lock(${0x686f6c64}); ` +
  `set local holdfast.log = 'held'`;

/** What comes behind `begin` is sent without waiting for it, and must do nothing when it has failed. */
const isHeld = `current_setting('holdfast.log', true) = 'held'`;

export const channel = 'record_log';
export const commit = `notify ${channel}; commit`;

/** Before the append, so that it finds what the same batch retracts. Retractions themselves cannot be retracted. */
export const retract = `
with retracting as materialized (
  select decode(r.id, 'hex') as id, decode(r.author, 'hex') as author, decode(t.target, 'hex') as target
  from json_to_recordset($1::json) as r(id text, author text, targets text[])
  cross join unnest(r.targets) as t(target)
  where ${isHeld}
), noted as (
  insert into retraction (target, author, record)
  select target, author, id from retracting
  on conflict do nothing
)
update record
set jws = null, search = null, topics = '{}'
where id = any (array(select target from retracting))
  and exists (select from retracting r where r.target = record.id and r.author = record.author)
  and collection <> 'retractions'
  and jws is not null`;

/**
 * The rows get their seq in the order of the list. Answers which ids are new, and which of these are only tombstones. A keyed record becomes the head when it is greater
 * than the head so far and than its companions in the batch; \`former\` relies on there being one head at most.
 */
export const append = `
with arriving as materialized (
  select decode(r.id, 'hex') as id, decode(r.author, 'hex') as author, r.collection, r.key, r.iat, r.exp,
         r.topics, r.jws, r.search, r.place
  from rows from (json_to_recordset($1::json) as (
    id text, author text, collection text, key text, iat bigint, exp bigint, topics text[], jws text, search tsvector)
  ) with ordinality as r(id, author, collection, key, iat, exp, topics, jws, search, place)
  where ${isHeld}
), placed as materialized (
  select a.*, former.seq as former,
         a.key is null or (
           row_number() over (partition by a.author, a.collection, a.key order by a.iat desc, a.id desc) = 1
           and (former.seq is null or (a.iat, a.id) > (former.iat, former.id))
         ) as head,
         a.collection <> 'retractions' and exists (
           select from retraction t where t.target = a.id and t.author = a.author
         ) as retracted
  from arriving a
  left join lateral (
    select o.seq, o.iat, o.id from record o
    where o.key = a.key and o.key is not null and o.author = a.author and o.collection = a.collection and o.head
    order by o.iat desc limit 1
  ) former on true
), surpassed as (
  update record set head = false
  where seq = any (array(select former from placed where head and former is not null))
), inserted as (
  insert into record (seq, id, author, collection, key, iat, exp, head, topics, jws, search)
  select nextval('record_seq'), id, author, collection, key, iat, exp, head,
         case when retracted then '{}' else topics end,
         case when retracted then null else jws end,
         case when retracted then null else search end
  from placed
  order by place
  on conflict (id) do nothing
  returning id, jws is null as retracted
)
select count(*)::int as count,
       string_agg(encode(id, 'hex'), ' ') as ids,
       string_agg(encode(id, 'hex'), ' ') filter (where retracted) as tombstones
from inserted`;

/** Which of the known ones are tombstones. */
export const tombstonesAmong = `
select encode(id, 'hex') as id from record
where id = any (array(select decode(t, 'hex') from unnest($1::text[]) as t)) and jws is null`;
