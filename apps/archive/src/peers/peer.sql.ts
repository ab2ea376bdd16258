/** The statements of peer.repository.ts. */
const named = (name: string, text: string) => ({ name: `peer-${name}`, text });

const columns = `id, url, state, origin, added_at, synced_at, horizon, heard_at, error, error_at, misbehaved, next_attempt_at`;

export const listSql = named(
  'list',
  `select ${columns} from peer order by array_position(array['trusted', 'pending', 'blocked'], state), added_at, id`,
);

export const findSql = named('find', `select ${columns} from peer where id = $1`);

export const addSql = named(
  'add',
  `insert into peer (id, url, state, origin) values ($1, $2, 'trusted', 'operator')
   on conflict (id) do update set url = $2, state = 'trusted', origin = 'operator',
     error = null, error_at = null, misbehaved = 0, next_attempt_at = null
   returning ${columns}`,
);

/** Where it is told of, by itself or by others, counts as long as the operator has not said it. */
export const askedSql = named(
  'asked',
  `insert into peer (id, url, state, origin, heard_at) values ($1, $2, 'pending', 'itself', now())
   on conflict (id) do update set
     heard_at = now(),
     url = case when peer.origin = 'operator' then peer.url else coalesce($2, peer.url) end,
     origin = case when peer.origin = 'operator' then peer.origin else 'itself' end
   returning ${columns}, xmax = 0 as is_new`,
);

export const dropOldAsksSql = named(
  'drop-old-asks',
  `delete from peer where id in (
     select id from peer where state = 'pending' and origin = 'itself' order by added_at desc, id offset $1
   )`,
);

export const setStateSql = named(
  'set-state',
  `update peer set state = $2, error = null, error_at = null, misbehaved = 0, next_attempt_at = null
   where id = $1 returning ${columns}`,
);

/** With what it has told of and nobody has decided about. */
export const removeSql = named(
  'remove',
  `delete from peer where id = $1 or (origin = $1 and state = 'pending') returning id`,
);

export const heardSql = named('heard', 'update peer set heard_at = now() where id = $1');

export const troubleSql = named(
  'trouble',
  `update peer set error = $2, error_at = now(), misbehaved = misbehaved + $3, next_attempt_at = $4 where id = $1`,
);

export const fineSql = named(
  'fine',
  'update peer set error = null, error_at = null, next_attempt_at = null where id = $1',
);

/** $4: of this one, $5: of all; what is known already takes no room. */
export const proposeSql = named(
  'propose',
  `with room as (
     select least($4 - count(*) filter (where origin = $1), $5 - count(*)) as places
     from peer where state = 'pending' and origin not in ('operator', 'itself')
   )
   insert into peer (id, url, state, origin)
   select id, url, 'pending', $1 from unnest($2::text[], $3::text[]) as told (id, url)
   where not exists (select from peer where peer.id = told.id)
   limit greatest(0, (select places from room))
   on conflict do nothing`,
);

export const knownSql = named(
  'known',
  `select id, url from peer where state = 'trusted' and url is not null and id <> $1 order by added_at limit $2`,
);

export const keysSql = named('keys', 'select url, origin, endorsements from peer where id = $1');

export const keepKeysSql = named('keep-keys', 'update peer set endorsements = $2 where id = $1');

export const loadProgressSql = named(
  'load-progress',
  `select records_cursor::float8 as records, stage, coalesce(departures_cursor, 0)::float8 as departures,
     agreed_scope as scope
   from peer where id = $1 and records_cursor is not null and stage is not null and agreed_scope is not null`,
);

/**
 * Without waiting for the disk: it is written after every commit of a catch-up. What a database that crashes forgets of
 * it is taken in once more.
 */
export const saveProgressSql = named(
  'save-progress',
  `with quick as (select set_config('synchronous_commit', 'off', true))
   update peer set records_cursor = $2, stage = $3, departures_cursor = $4, agreed_scope = $5
   from quick where id = $1`,
);

export const syncedSql = named(
  'synced',
  'update peer set synced_at = now(), horizon = $2, misbehaved = 0 where id = $1',
);

export const earliestHorizonSql = named(
  'earliest-horizon',
  `select min(horizon)::float8 as horizon from peer where state = 'trusted' and synced_at is not null`,
);
