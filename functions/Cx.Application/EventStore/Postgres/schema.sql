-- Marten's own layout (string-keyed streams, conjoined tenancy, correlation, causation, headers, unique event ids): the tables that
-- both hosts read and write. tenant_id is the shop.
create sequence mt_events_sequence;
create table mt_streams (
  tenant_id varchar not null default '*DEFAULT*',
  id varchar not null,
  type varchar,
  version bigint,
  timestamp timestamptz not null default now(),
  created timestamptz not null default now(),
  is_archived bool default false,
  constraint pkey_mt_streams_tenant_id_id primary key (tenant_id, id)
);
create table mt_events (
  seq_id bigint not null,
  id uuid not null,
  stream_id varchar,
  version bigint not null,
  data jsonb not null,
  bdata bytea,
  type varchar(500) not null,
  timestamp timestamptz not null,
  tenant_id varchar default '*DEFAULT*',
  mt_dotnet_type varchar,
  correlation_id varchar,
  causation_id varchar,
  headers jsonb,
  is_archived bool default false,
  constraint pkey_mt_events_seq_id primary key (seq_id),
  constraint fkey_mt_events_stream_id_tenant_id foreign key (tenant_id, stream_id) references mt_streams (tenant_id, id)
);
alter sequence mt_events_sequence owned by mt_events.seq_id;
create unique index pk_mt_events_stream_and_version on mt_events (tenant_id, stream_id, version);
create unique index idx_mt_events_event_id on mt_events (id);
-- Ours: leads from a follow-up to its customer.
create index cx_follow_ups on mt_events (tenant_id, (data ->> 'followUp')) where type = 'follow-up-started.v1';
create table mt_event_progression (
  name varchar not null,
  last_seq_id bigint,
  last_updated timestamptz default transaction_timestamp(),
  constraint pk_mt_event_progression primary key (name)
);

-- Fingerprints of the installation keys: the process refuses to start with other keys.
create table cx_fingerprints (key text primary key, fingerprint text not null);

create table cx_shops (
  shop varchar primary key,
  version bigint not null,
  settings jsonb not null,
  sending text not null
);

create table cx_sources (
  shop varchar not null references cx_shops,
  source varchar not null,
  key_version int not null,
  secrets bytea not null,
  requests_per_second int not null,
  primary key (shop, source)
);

create table cx_keys (
  hash bytea primary key,
  id varchar not null unique,
  shop varchar not null references cx_shops,
  name varchar not null,
  scopes text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

-- One row a customer: the inline view, the sealing key, the due instant. A linked customer points at the one that leads.
create table cx_customers (
  shop varchar not null,
  id varchar not null,
  lead varchar,
  version bigint not null,
  fold int not null,
  state json,
  recorded_at timestamptz not null,
  due_at timestamptz,
  wake_failures smallint not null default 0,
  parked_at timestamptz,
  key_version int,
  key bytea,
  primary key (shop, id)
) with (fillfactor = 85, toast_tuple_target = 8160);
-- Most states are small and change often: not worth compressing at every change.
alter table cx_customers alter column state set storage external;
create index cx_customers_due on cx_customers (due_at) where due_at is not null and parked_at is null;

-- Whose an identifier is: the unique row that a delivery claims. An unclaimed reference (customer null) is what waiting payloads lock.
create table cx_identifiers (
  shop varchar not null,
  kind smallint not null,
  hash bytea not null,
  key_version int not null,
  customer varchar,
  primary key (shop, kind, hash)
);
create index cx_identifiers_customer on cx_identifiers (shop, customer);

-- Addresses that objected; kept when the customer is erased.
create table cx_suppressions (
  shop varchar not null,
  kind smallint not null,
  hash bytea not null,
  key_version int not null,
  objected_at timestamptz not null,
  primary key (shop, kind, hash)
);

-- Kept for ever: a second copy of a delivery is known by its key.
create table cx_deliveries (
  shop varchar not null,
  key bytea not null,
  key_version int not null,
  body bytea not null,
  source varchar not null,
  topic varchar not null,
  received_at timestamptz not null,
  primary key (shop, key)
);
create table cx_delivery_conflicts (
  shop varchar not null,
  key bytea not null,
  body bytea not null,
  received_at timestamptz not null,
  primary key (shop, key, body)
);

-- Raw payloads, compressed and sealed each under its own key; deleted with any customer they concern. A payload can lie outside the database,
-- as sealed as it is here: its key never leaves the row. A row has its data, or the name of the blob that holds them, or both while they are
-- being moved; never neither.
create table cx_archive (
  shop varchar not null,
  delivery bytea not null,
  customer varchar,
  others varchar[],
  received_at timestamptz not null,
  key_version int not null,
  key bytea not null,
  data bytea,
  blob varchar,
  moving_until timestamptz,
  primary key (shop, delivery),
  constraint cx_archive_somewhere check (data is not null or blob is not null)
) with (toast_tuple_target = 8160);
alter table cx_archive alter column data set storage external;
create index cx_archive_customer on cx_archive (shop, customer);
create index cx_archive_others on cx_archive using gin (others) where others is not null;
create index cx_archive_nobody on cx_archive (received_at) where customer is null;
create index cx_archive_here on cx_archive (received_at) where data is not null;
create index cx_archive_away on cx_archive (received_at) where blob is not null;

-- Blobs that no row names any more. Each is deleted at once, and once more when an upload that was under way can no longer arrive.
create table cx_orphaned_blobs (
  blob varchar primary key,
  orphaned_at timestamptz not null default now(),
  deleted_at timestamptz
);

-- A statement that deletes or changes a blob's name in the archive records the blob here in the same transaction. A trigger does it, so that
-- no statement can forget it: erasure, retention, bringing a payload back.
create function cx_orphan_blob() returns trigger language plpgsql as $$
begin
  insert into cx_orphaned_blobs (blob) values (old.blob) on conflict (blob) do nothing;
  return null;
end $$;
create trigger cx_archive_deleted after delete on cx_archive for each row when (old.blob is not null) execute function cx_orphan_blob();
create trigger cx_archive_renamed after update of blob on cx_archive for each row
  when (old.blob is not null and new.blob is distinct from old.blob) execute function cx_orphan_blob();

create table cx_waiting (
  shop varchar not null,
  kind smallint not null,
  hash bytea not null,
  delivery bytea not null,
  source varchar not null,
  key_version int not null,
  key bytea not null,
  facts jsonb not null,
  received_at timestamptz not null,
  primary key (shop, kind, hash, delivery)
);
create index cx_waiting_delivery on cx_waiting (shop, delivery);

create table cx_failed_deliveries (
  shop varchar not null,
  delivery bytea not null,
  source varchar not null,
  topic varchar not null,
  reason text not null,
  key_version int not null,
  key bytea not null,
  data bytea not null,
  failed_at timestamptz not null,
  tries int not null default 1,
  primary key (shop, delivery)
);

create table cx_outbox (
  shop varchar not null,
  message varchar not null,
  customer varchar not null,
  follow_up varchar not null,
  step varchar not null,
  template varchar not null,
  channel text not null,
  category text not null,
  order_id varchar,
  status text not null,
  due_at timestamptz not null,
  queued_at timestamptz not null,
  leased_until timestamptz,
  owner bigint,
  content text,
  primary key (shop, message)
);
create index cx_outbox_queued on cx_outbox (due_at) where status = 'queued';
create index cx_outbox_sending on cx_outbox (owner) where status = 'sending';
create index cx_outbox_customer on cx_outbox (shop, customer);
create index cx_outbox_status on cx_outbox (shop, status, queued_at, message);
create index cx_outbox_newest on cx_outbox (shop, queued_at, message);

-- Asynchronous views: documents by key, each version beside the other while one is rebuilt.
create table cx_view_rows (
  view varchar not null,
  version int not null,
  shop varchar not null,
  key varchar collate "C" not null,
  data jsonb not null,
  primary key (view, version, shop, key)
);

-- Which version of a view is read: changes when a newer one has caught up.
create table cx_views (
  view varchar primary key,
  serving int not null
);

-- Ends the transaction when a row was changed by another one since it was read: the caller reads and decides again.
create function cx_expect(actual bigint, expected bigint) returns void language plpgsql as $$
begin
  if actual <> expected then
    raise exception 'cx: the row changed since it was read' using errcode = '40001';
  end if;
end $$;
