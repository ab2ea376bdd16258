/** The statements of errand.repository.ts. What is due is found by the index (url, next_attempt_at) alone. */
const named = (name: string, text: string) => ({ name: `errand-${name}`, text });

/** One look into the index for each target, however much is due there. */
export const targetsSql = named(
  'targets',
  `with recursive target as (
     (select url, next_attempt_at from crate_holder where next_attempt_at is not null
      order by url, next_attempt_at limit 1)
     union all
     select next.url, next.next_attempt_at
     from target cross join lateral (
       select url, next_attempt_at from crate_holder where next_attempt_at is not null and url > target.url
       order by url, next_attempt_at limit 1
     ) as next
   )
   select url from target where next_attempt_at <= $1 order by next_attempt_at limit $2`,
);

export const dueSql = named(
  'due',
  `select held.crate, held.task, held.attempts, crate.state, crate.size_bytes, crate.expiry_hour, crate.proof,
     crate.mailbox, crate.nonce, crate.ack_hash, crate.recall_hash,
     array(select other.url from crate_holder other where other.crate = held.crate and other.url <> $1) as others
   from (
     select * from crate_holder where url = $1 and next_attempt_at <= $2 order by next_attempt_at limit $3
   ) as held join crate on crate.id = held.crate
   order by held.next_attempt_at`,
);

export const envelopesSql = named(
  'envelopes',
  `select id, envelope from crate where id = any($1) and envelope is not null`,
);

/** What has become of one errand may be over already, because the crate has left: then there is another to be done. */
export const settleSql = named(
  'settle',
  `update crate_holder as held
   set archive = coalesce(settled.archive, held.archive), custody = coalesce(settled.custody, held.custody),
     task = case when held.task = settled.task and settled.code is null then 'none' else held.task end,
     attempts = case when held.task <> settled.task then held.attempts when settled.code is null then 0 else held.attempts + 1 end,
     next_attempt_at = case when held.task = settled.task then settled.next_attempt_at else held.next_attempt_at end,
     code = case when held.task = settled.task then settled.code else held.code end
   from unnest($2::bytea[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::timestamptz[])
     as settled (crate, task, archive, custody, code, next_attempt_at)
   where held.url = $1 and held.crate = settled.crate`,
);

/**
 * Makes what waits for a later attempt at a target due now, and its next delays short again. That the target is there
 * does not mean that it has room. By their places, found once: as a join the planner may look for them again for every
 * row of the table.
 */
export const hurrySql = named(
  'hurry',
  `update crate_holder set next_attempt_at = $2, attempts = 0 where ctid = any(array(
     select ctid from crate_holder
     where url = $1 and next_attempt_at > $2 and code is distinct from 'quota-exceeded'
     order by next_attempt_at limit $3 for update skip locked
   ))`,
);

export const laterSql = named(
  'later',
  `select crate, url, next_attempt_at from crate_holder where next_attempt_at > $1 order by next_attempt_at limit $2`,
);
