-- Payloads can lie outside the database, as sealed as they were here: the key that opens one never leaves its row. A row has its data, or
-- the name of the blob that holds them, or both while they are on their way; never neither.
alter table cx_archive add column blob varchar;
alter table cx_archive add column moving_until timestamptz;
alter table cx_archive alter column data drop not null;
alter table cx_archive add constraint cx_archive_somewhere check (data is not null or blob is not null);
create index cx_archive_here on cx_archive (received_at) where data is not null;
create index cx_archive_away on cx_archive (received_at) where blob is not null;

-- Blobs that no row names any more. They are deleted at once, and once more when nothing that was on its way can arrive any more.
create table cx_archive_gone (
  blob varchar primary key,
  since timestamptz not null default now(),
  swept_at timestamptz
);

-- Whatever lets go of a blob's name, by erasing, by retention, by bringing the payload back or in a way yet to be written, leaves it here in
-- the same transaction: a trigger, so that nobody has to remember it.
create function cx_archive_let_go() returns trigger language plpgsql as $$
begin
  insert into cx_archive_gone (blob) values (old.blob) on conflict (blob) do nothing;
  return null;
end $$;
create trigger cx_archive_deleted after delete on cx_archive for each row when (old.blob is not null) execute function cx_archive_let_go();
create trigger cx_archive_renamed after update of blob on cx_archive for each row
  when (old.blob is not null and new.blob is distinct from old.blob) execute function cx_archive_let_go();
