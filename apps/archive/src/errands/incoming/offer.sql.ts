/** The statements of offer.repository.ts. */
const named = (name: string, text: string) => ({ name: `offer-${name}`, text });

/**
 * A further offer of the same crate lengthens the wait for it; a proof that was noted stays. A crate that many others
 * ($7) have offered is wanted nevertheless: it has no place for more holders than these.
 */
export const noteSql = named(
  'note',
  `insert into crate_offer as known (crate, archive, url, holders, expiry_hour, until_hour)
   select crate, $2, $3, array(select jsonb_array_elements_text(holders::jsonb)), expiry_hour, until_hour
   from unnest($1::bytea[], $4::text[], $5::int[], $6::int[]) as offered (crate, holders, expiry_hour, until_hour)
   where (
     select count(*) from crate_offer as other where other.crate = offered.crate and other.archive <> $2
   ) < $7
   on conflict (crate, archive) do update
     set url = excluded.url, holders = excluded.holders, until_hour = greatest(known.until_hour, excluded.until_hour)`,
);

export const noteDepartureSql = named(
  'note-departure',
  `update crate_offer set way = $3, proof = $4, until_hour = expiry_hour + $5
   where crate = $1 and archive = $2
     and (way is not null or (select count(*) from crate_offer where archive = $2 and way is not null) < $6)`,
);

/** By this archive; or by as many ($3) as have room, so that its own offer may have found none. */
export const isOfferedSql = named(
  'is-offered',
  `select from crate_offer where crate = $1 having bool_or(archive = $2) or count(*) >= $3`,
);

/** Counted as far as the bound matters. */
export const openOfSql = named(
  'open-of',
  `select
     (select count(*)::int from (select from crate_offer where archive = $1 and way is null limit $2) as open) as count,
     array(select crate from crate_offer where crate = any($3) and archive = $1) as known`,
);

const counts = `count(*) filter (where way is null)::int as offers, count(*) filter (where way is not null)::int as early`;

export const totalsSql = named('totals', `select ${counts} from crate_offer`);

export const ofSql = named(
  'of',
  'select crate, archive, url, holders, way, proof from crate_offer where crate = any($1) order by crate, archive',
);

export const dropSql = named(
  'drop',
  `with dropped as (delete from crate_offer where crate = any($1) returning way) select ${counts} from dropped`,
);

/** By their places, found once: as a join the planner may look for them again for every row of the table. */
export const endSql = named(
  'end',
  `delete from crate_offer where ctid = any(array(
     select ctid from crate_offer where until_hour <= $1 order by until_hour limit $2 for update skip locked
   ))`,
);

/** Crates that came without their early news being heard, because the archive ended in between. */
export const unheardSql = named(
  'unheard',
  'select distinct crate from crate_offer where exists (select from crate where crate.id = crate_offer.crate) limit $1',
);
