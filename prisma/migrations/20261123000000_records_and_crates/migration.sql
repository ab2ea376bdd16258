-- Records: one row for each, in the order of the log. `seq` is handed out and committed under the log's advisory
-- lock (apps/archive/src/records), so that a greater seq never becomes visible before a smaller one.
create sequence record_seq as bigint;

create table record (
  seq        bigint primary key,
  id         bytea not null,
  author     bytea not null,
  collection text not null,
  key        text,
  iat        bigint not null,
  exp        bigint,
  topics     text[] not null,
  head       boolean not null,
  -- null once the author has retracted the record: the row is then the tombstone
  jws        text,
  search     tsvector,
  stored_at  timestamptz(3) not null default now()
);

create unique index record_id on record (id);
-- Every ordinary query asks for heads, a query of history for heads and the rest in two ordered branches. Tombstones
-- are never asked for, and must not stand in the way of a page.
create index record_by_time on record (head, iat, seq) where jws is not null;
create index record_by_author on record (head, author, iat, seq) where jws is not null;
create index record_by_collection on record (head, collection, iat, seq) where jws is not null;
create index record_by_author_collection on record (head, author, collection, iat, seq) where jws is not null;
-- What a new revision is compared with, however many older ones there are.
create index record_head on record (key, author, collection) where head and key is not null;
create index record_by_key on record (key, author, collection, iat, seq) where key is not null;
create index record_by_topic on record using gin (topics);
-- The archive empties the pending list itself (apps/archive/src/records/ingest/search-upkeep.ts), long before this.
create index record_by_word on record using gin (search) with (gin_pending_list_limit = 16384);

-- What authors have retracted, also before the retracted record itself arrives.
create table retraction (
  target bytea not null,
  author bytea not null,
  -- the id of the record that retracts
  record bytea not null,
  primary key (target, author)
);

-- Crates: the row stays as the tombstone when the envelope has left, until expiry and clock skew are over.
create table crate (
  id              bytea primary key,
  seq             bigint generated always as identity,
  mailbox         bytea not null,
  envelope        bytea,
  size_bytes      integer not null,
  expiry_hour     integer not null,
  nonce           bytea not null,
  ack_hash        bytea not null,
  recall_hash     bytea not null,
  state           text not null default 'accepted'
                  check (state in ('accepted', 'delivered', 'discarded', 'recalled', 'expired')),
  -- the ackSecret that was shown, for the sender to check
  receipt         bytea,
  attempts        integer not null default 0,
  -- when delivery to a connected owner is to be tried again; null before the first attempt
  next_attempt_at timestamptz(3),
  deposited_at    timestamptz(3) not null default now(),
  left_at         timestamptz(3)
);

-- An envelope is ciphertext: compressing it would cost time and gain nothing.
alter table crate alter column envelope set storage external;

create index crate_waiting on crate (mailbox, seq) where state = 'accepted';
create index crate_due on crate (next_attempt_at) where state = 'accepted' and next_attempt_at is not null;
create index crate_expiring on crate (expiry_hour) where state = 'accepted';
create index crate_tombstone on crate (expiry_hour) where state <> 'accepted';

-- What waits in each mailbox, counted as it changes: a quota must not cost a scan.
create table mailbox_usage (
  mailbox bytea primary key,
  crates  integer not null,
  bytes   bigint not null
);

create table archive_key (
  id          text primary key,
  private_jwk jsonb not null,
  created_at  timestamptz(3) not null default now()
);
