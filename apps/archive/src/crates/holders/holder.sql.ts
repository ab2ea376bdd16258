/** The statements of holder.repository.ts. */
const named = (name: string, text: string) => ({ name: `holder-${name}`, text });

/** Whoever adds to a crate that others may let go meanwhile holds the crate's row. */
export const lockSql = named('lock', 'select from crate where id = any($1) order by id for update');

/**
 * Adds what is new, as far as there is room ($6 holders a crate), and begins to bring where that is asked for now. Of a
 * crate that has left, whoever is named has to be told.
 */
export const addSql = named(
  'add',
  `with named as (
     select * from unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[]) as named (crate, url, task, archive)
   ), fresh as (
     select named.*, row_number() over (partition by crate order by task, url)
       + (select count(*) from crate_holder where crate_holder.crate = named.crate) as place
     from named
     where not exists (select from crate_holder known where known.crate = named.crate and known.url = named.url)
   ), added as (
     insert into crate_holder (crate, url, task, archive, next_attempt_at)
     select fresh.crate, fresh.url, wish.task, fresh.archive, case when wish.task <> 'none' then $5::timestamptz end
     from fresh join crate on crate.id = fresh.crate
       cross join lateral (
         select case crate.state when 'accepted' then fresh.task when 'expired' then 'none' else 'tell' end as task
       ) as wish
     where fresh.place <= $6
     on conflict do nothing
     returning url, task
   ), begun as (
     update crate_holder as held set task = 'bring', attempts = 0, code = null, next_attempt_at = $5
     from named join crate on crate.id = named.crate
     where held.crate = named.crate and held.url = named.url and named.task = 'bring'
       and held.task = 'none' and held.custody is null and crate.state = 'accepted'
     returning held.url
   )
   select url from added where task <> 'none' union select url from begun`,
);

/** Everybody but the archive that has told of it is to be told that a crate has left. */
export const tellSql = named(
  'tell',
  `with told as (
     update crate_holder as held
     set task = case when (held.archive = gone.archive) is true then 'none' else 'tell' end,
       next_attempt_at = case when (held.archive = gone.archive) is true then null else $3::timestamptz end,
       attempts = 0, code = null
     from unnest($1::bytea[], $2::bytea[]) as gone (crate, archive)
     where held.crate = gone.crate
     returning held.url, held.task
   )
   select distinct url from told where task = 'tell'`,
);

/** An archive that knows how a crate has left need not be told. */
export const knowsSql = named(
  'knows',
  `update crate_holder set task = 'none', next_attempt_at = null, code = null
   where crate = any($1) and archive = $2 and task = 'tell'`,
);

export const elsewhereSql = named(
  'elsewhere',
  `select crate, url, task, custody, attempts, next_attempt_at, code from crate_holder where crate = any($1)
   order by crate, url`,
);
