/** The statements of collected-mailboxes.ts, and the condition by which a mailbox has the larger quota. */
const named = (name: string, text: string) => ({ name: `collected-${name}`, text });

/** @param usage the row of mailbox_usage; `since` the parameter with the time from which a collect counts */
export const isPairwise = (usage: string, since: string): string =>
  `(${usage}.kind = 'pairwise' and ${usage}.collected_at > ${since}::timestamptz)`;

/** No promise: its commit does not wait for the disk. A mailbox that is new here is noted only if there is room. */
export const noteCollectedSql = named(
  'note',
  `with unhurried as materialized (select set_config('synchronous_commit', 'off', true))
   insert into mailbox_usage as held (mailbox, crates, bytes, kind, collected_at)
   select $1::bytea, 0, 0, $2::text, $3::timestamptz from unhurried
   where $4::boolean or exists (select 1 from mailbox_usage where mailbox = $1)
   on conflict (mailbox) do update set kind = excluded.kind, collected_at = excluded.collected_at
     where held.kind <> excluded.kind or held.collected_at is null or held.collected_at < $5::timestamptz
   returning xmax = 0 as inserted`,
);

export const countCollectedSql = named(
  'count',
  'select count(*)::int as count from mailbox_usage where crates = 0 and collected_at is not null',
);

/** What comes meanwhile keeps the mailbox: that it is empty is checked again under the lock. */
export const forgetCollectedSql = named(
  'forget',
  `with old as (
     select mailbox from mailbox_usage where crates = 0 and collected_at <= $1
     order by collected_at limit $2 for update skip locked
   )
   delete from mailbox_usage where crates = 0 and mailbox in (select mailbox from old)`,
);
