-- The order of reconciliation (spec/gossip.md, "The set"): by time, then id, tombstones among them, because a set is
-- read as it was at a seq.
create index record_by_moment on record (iat, id) include (seq);

-- The set cut into blocks in that order, with the sum of the ids of each (apps/archive/src/gossip/fingerprints). A block
-- goes from its first bound to the next block's.
create table record_block (
  iat   bigint not null,
  id    bytea not null,
  count integer not null,
  -- modulo 2^256, 32 bytes little endian
  sum   bytea not null,
  primary key (iat, id)
) with (fillfactor = 50);

-- One row: the blocks stand for the log up to here. Every change of the blocks makes another version.
create table record_set (
  one     boolean primary key default true check (one),
  up_to   bigint not null,
  version bigint not null
);
insert into record_set (up_to, version) values (0, 0);

-- What a retraction that has just been read retracts.
create index retraction_by_record on retraction (record);

-- Other archives that this one knows, by their keys.
create table peer (
  id                text primary key,
  -- where it is, as the operator said or as it says itself; only the former is dialed (origin)
  url               text,
  state             text not null check (state in ('pending', 'trusted', 'blocked')),
  -- how it came to be known: 'operator' added it, it came by 'itself', or the peer of that id told of it
  origin            text not null,
  -- keys that its first key has endorsed, newest last (compact JWS)
  endorsements      text[] not null default '{}',
  added_at          timestamptz(3) not null default now(),
  -- how far this archive has got in its logs, and for which agreed scope
  records_cursor    bigint,
  departures_cursor bigint,
  stage             text check (stage in ('snapshot', 'live')),
  agreed_scope      text,
  -- when the sets were last the same, and the peer's horizon then, in seconds
  synced_at         timestamptz(3),
  horizon           bigint,
  heard_at          timestamptz(3),
  -- what went wrong last, and until when it is left alone for it
  error             text,
  error_at          timestamptz(3),
  misbehaved        integer not null default 0,
  next_attempt_at   timestamptz(3)
);

-- The archive's later keys: a JWS by the key before, over the new one.
alter table archive_key add column endorsement text;

-- The log of departures, numbered after their commits and under a lock, so that a cursor skips none.
create sequence crate_left_seq as bigint;
alter table crate add column left_seq bigint;
create index crate_departed on crate (left_seq) where left_seq is not null;
create index crate_unnumbered on crate (left_at) where proof is not null and left_seq is null;
