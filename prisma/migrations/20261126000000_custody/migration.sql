-- What let a crate go, whichever way it left: whoever has the envelope can check it, so it can be told to other holders.
alter table crate rename column receipt to proof;
-- The hour, since 1970, in which it left on a proof: its place in the receipts log.
alter table crate add column left_hour integer;
create index crate_released on crate (left_hour, id) where left_hour is not null;

-- Other archives that have a crate, or are to have it, and what is still to be done there.
create table crate_holder (
  crate           bytea not null references crate (id) on delete cascade,
  url             text not null,
  -- bring: bring it there; tell: say there how it left
  task            text not null default 'none' check (task in ('none', 'bring', 'tell')),
  -- the archive that answered there, and its custody receipt
  archive         bytea,
  custody         text,
  attempts        integer not null default 0,
  next_attempt_at timestamptz(3),
  -- why the last attempt did not succeed
  code            text,
  primary key (crate, url)
);

create index crate_holder_due on crate_holder (url, next_attempt_at) where next_attempt_at is not null;

-- Crates that other archives have offered: who else holds them, and a departure that was told before the crate came.
create table crate_offer (
  crate       bytea not null,
  archive     bytea not null,
  -- where that archive says that it is
  url         text,
  holders     text[] not null,
  -- when the crate expires, and when this may be forgotten
  expiry_hour integer not null,
  until_hour  integer not null,
  way         text check (way in ('ack', 'discard', 'recall')),
  proof       bytea,
  primary key (crate, archive)
);

create index crate_offer_by_archive on crate_offer (archive);
create index crate_offer_ending on crate_offer (until_hour);
create index crate_offer_early on crate_offer (archive) where way is not null;

-- public: on a card; pairwise: collected here and on no card. Every other mailbox may be anybody's.
alter table mailbox_usage add column kind text not null default 'unknown' check (kind in ('unknown', 'public', 'pairwise'));
alter table mailbox_usage add column collected_at timestamptz(3);
