/** The statements of receipts-log.ts. Both read `crate_released` alone, whose entries are the hours and the ids. */
const named = (name: string, text: string) => ({ name: `receipts-log-${name}`, text });

export const releasedSql = named(
  'released',
  `select id, state, proof from crate
   where left_hour is not null and left_hour = $1 and id >= $2 and id < $3 order by id limit $4`,
);

/** One look into the index for each hour: a search of all later entries would read what is in other shards, too. */
export const nextHourSql = named(
  'next-hour',
  `select min(hour) as hour from generate_series($1::int, $2::int) as hour
   where (
     select true from crate
     where left_hour is not null and left_hour = hour and id >= $3 and id < $4 order by id limit 1
   )`,
);
