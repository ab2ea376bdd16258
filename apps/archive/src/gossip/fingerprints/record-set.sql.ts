/**
 * The SQL of the set (spec/gossip.md, "The set"). As of a seq S it has the records up to S without those that a
 * retraction up to S retracts, whatever has been committed since: a row without a body is still in it when the record
 * that retracts it came later. Items come packed (packed-items.ts), in order.
 */

const packed = (row: string): string => `int8send(${row}.iat) || ${row}.id`;

const retractedAfter = (row: string, seq: string): string => `exists (
      select from retraction t join record by on by.id = t.record
      where t.target = ${row}.id and t.author = ${row}.author and by.seq > ${seq}
    )`;

/** Row `row` is in the set as of `seq`. */
const isIn = (row: string, seq: string): string =>
  `${row}.seq <= ${seq} and (${row}.jws is not null or ${retractedAfter(row, seq)})`;

/**
 * The same for row `row` of record where many are gone through in order: it needs nothing of the row but what the index
 * of that order has. `offset 0` keeps the planner from joining the whole of `retraction` for it.
 */
const isInByIndex = (row: string, seq: string): string =>
  `${row}.seq <= ${seq} and not exists (
      select from retraction t
      join record own on own.seq = ${row}.seq and own.author = t.author and own.collection <> 'retractions'
      join record by on by.id = t.record
      where t.target = ${row}.id and by.seq <= ${seq} offset 0
    )`;

/** One statement, so that blocks and version belong together. A block: key, count, sum. */
export const readState = `
select s.up_to, s.version, (
  select string_agg(${packed('b')} || int4send(b.count) || b.sum, ''::bytea order by b.iat, b.id) from record_block b
) as blocks
from record_set s`;

export const readVersion = `
select up_to, version, (select coalesce(max(seq), 0) from record) as last from record_set`;

export const lockVersion = 'select up_to, version from record_set for update';

/**
 * The next $2 entries after $1: how far they go, what comes into the set and what leaves it. What comes and is retracted
 * in the same window does neither.
 */
export const readWindow = `
with entry as materialized (
  select seq, id, author, collection, iat, jws from record where seq > $1::bigint order by seq limit $2::int
), window_end as materialized (
  select max(seq) as seq from entry
)
select w.seq as up_to, (select count(*)::int from entry) as entries, (
  select string_agg(${packed('e')}, ''::bytea order by e.iat, e.id) from entry e where ${isIn('e', 'w.seq')}
) as added, (
  select string_agg(${packed('r')}, ''::bytea order by r.iat, r.id)
  from entry e
  join retraction t on t.record = e.id
  join record r on r.id = t.target and r.author = t.author
  where e.collection = 'retractions' and r.collection <> 'retractions' and r.seq <= $1::bigint
) as removed
from window_end w`;

/** $1 and $2: keys of blocks that go. $3 to $6: blocks as they are now. */
export const writeBlocks = `
with emptied as (
  delete from record_block b using unnest($1::bigint[], $2::bytea[]) as e(iat, id)
  where b.iat = e.iat and b.id = e.id
), changed as (
  insert into record_block (iat, id, count, sum)
  select * from unnest($3::bigint[], $4::bytea[], $5::int[], $6::bytea[])
  on conflict (iat, id) do update set count = excluded.count, sum = excluded.sum
)
update record_set set up_to = $7::bigint, version = $8::bigint`;

export const forgetBlocks = `
with forgotten as (delete from record_block) update record_set set up_to = 0, version = $1::bigint`;

/** At most $4 items as of $3 after the key ($1, $2). */
export const readPage = `
select string_agg(${packed('i')}, ''::bytea) as items from (
  select r.iat, r.id from record r
  where (r.iat, r.id) > ($1::bigint, $2::bytea) and ${isInByIndex('r', '$3::bigint')}
  order by r.iat, r.id limit $4::int
) i`;

/** The items of blocks as of $5, a row for each. $1 to $4: from where (inclusive) to where they go. */
export const readItems = `
select (
  select string_agg(${packed('i')}, ''::bytea) from (
    select r.iat, r.id from record r
    where (r.iat, r.id) >= (b.iat, b.id) and (r.iat, r.id) < (b.end_iat, b.end_id)
      and ${isInByIndex('r', '$5::bigint')}
    order by r.iat, r.id
  ) i
) as items
from unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[])
  with ordinality as b(iat, id, end_iat, end_id, place)
order by b.place`;

/**
 * The items as of $1 that the conditions on row r let through, at most $2, packed $3 to a row. What was retracted since
 * is looked for on its own, so that the indexes of what has a body serve the rest.
 */
export const readFiltered = (conditions: string): string => `
select string_agg(${packed('i')}, ''::bytea order by i.iat, i.id) as items from (
  select f.iat, f.id, (row_number() over (order by f.iat, f.id) - 1) / $3::int as part from (
    select r.iat, r.id from record r
    where r.jws is not null and r.head = any ('{t,f}') and r.seq <= $1::bigint and ${conditions}
    union all
    select r.iat, r.id
    from record by
    join retraction t on t.record = by.id
    join record r on r.id = t.target and r.author = t.author
    where by.seq > $1::bigint and r.jws is null and r.seq <= $1::bigint and ${conditions}
    limit $2::int
  ) f
) i
group by i.part order by i.part`;

export const countAfter = 'select count(*)::int as count from record where seq > $1::bigint';

export const countFiltered = (conditions: string): string => `
select count(*)::int as count from (
  select from record r where r.jws is not null and r.head = any ('{t,f}') and ${conditions} limit $1::int
) f`;
