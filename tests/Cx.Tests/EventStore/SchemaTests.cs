using Cx.Application.EventStore.Postgres;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.EventStore;

public sealed class SchemaTests : IAsyncLifetime
{
    private NpgsqlDataSource database = null!;

    public async Task InitializeAsync() => database = NpgsqlDataSource.Create(await Database.Create());

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Concurrent_starts_upgrade_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Schema.Upgrade(database, default))));

        Assert.Equal([1], (await Rows("select version::text from cx_schema")).Select(int.Parse));
    }

    [Fact]
    public async Task A_second_upgrade_changes_nothing()
    {
        const string Everything = """
            select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') from information_schema.columns where table_schema = 'public'
            union all select indexdef from pg_indexes where schemaname = 'public'
            union all select 'schema ' || version from cx_schema order by 1
            """;
        await Schema.Upgrade(database, default);
        var first = await Rows(Everything);

        await Schema.Upgrade(database, default);

        Assert.Equal(first, await Rows(Everything));
    }

    [Fact]
    public async Task An_archived_payload_is_in_its_row_or_in_a_blob()
    {
        await Schema.Upgrade(database, default);
        await Execute("insert into cx_archive (shop, delivery, customer, received_at, key_version, key, data) values ('bottega', '\\x01', 'ada', now(), 1, '\\x02', '\\x03')");

        await Assert.ThrowsAsync<PostgresException>(() => Execute("update cx_archive set data = null"));
        await Execute("update cx_archive set data = null, blob = 'bottega/b'");
        await Assert.ThrowsAsync<PostgresException>(() => Execute("update cx_archive set blob = null"));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        await Schema.Upgrade(database, default);
        await Execute("insert into cx_schema values (999)");

        await Assert.ThrowsAsync<InvalidOperationException>(() => Schema.Upgrade(database, default));
    }

    [Fact]
    public async Task The_log_has_exactly_the_columns_that_Marten_expects()
    {
        await Schema.Upgrade(database, default);

        Assert.Equal(
            [
                "mt_event_progression.last_seq_id bigint", "mt_event_progression.last_updated timestamptz default transaction_timestamp()", "mt_event_progression.name varchar not null",
                "mt_events.bdata bytea", "mt_events.causation_id varchar", "mt_events.correlation_id varchar", "mt_events.data jsonb not null", "mt_events.headers jsonb", "mt_events.id uuid not null",
                "mt_events.is_archived bool default false", "mt_events.mt_dotnet_type varchar", "mt_events.seq_id bigint not null", "mt_events.stream_id varchar",
                "mt_events.tenant_id varchar default '*DEFAULT*'", "mt_events.timestamp timestamptz not null", "mt_events.type varchar(500) not null", "mt_events.version bigint not null",
                "mt_streams.created timestamptz not null default now()", "mt_streams.id varchar not null", "mt_streams.is_archived bool default false",
                "mt_streams.tenant_id varchar not null default '*DEFAULT*'", "mt_streams.timestamp timestamptz not null default now()", "mt_streams.type varchar", "mt_streams.version bigint",
            ],
            await Rows(
                """
                select table_name || '.' || column_name || ' '
                  || case data_type when 'character varying' then 'varchar' || coalesce('(' || character_maximum_length || ')', '') when 'timestamp with time zone' then 'timestamptz' when 'boolean' then 'bool' else data_type end
                  || case is_nullable when 'NO' then ' not null' else '' end || coalesce(' default ' || replace(column_default, '::character varying', ''), '')
                from information_schema.columns where table_schema = 'public' and table_name like 'mt\_%' order by table_name collate "C", column_name collate "C"
                """));
    }

    [Fact]
    public async Task The_log_has_exactly_the_keys_that_Marten_expects()
    {
        await Schema.Upgrade(database, default);

        Assert.Equal(
            [
                "fkey_mt_events_stream_id_tenant_id FOREIGN KEY (tenant_id, stream_id) REFERENCES mt_streams(tenant_id, id)", "pk_mt_event_progression PRIMARY KEY (name)",
                "pkey_mt_events_seq_id PRIMARY KEY (seq_id)", "pkey_mt_streams_tenant_id_id PRIMARY KEY (tenant_id, id)",
            ],
            await Rows("select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid::regclass::text like 'mt\\_%' and contype <> 'n' order by conname collate \"C\""));
        Assert.Equal(
            ["idx_mt_events_event_id (id)", "pk_mt_events_stream_and_version (tenant_id, stream_id, version)"],
            await Rows("select indexname || substring(indexdef from ' \\(.*') from pg_indexes where tablename = 'mt_events' and indexdef like 'CREATE UNIQUE%' and indexname not like 'pkey%' order by 1"));
        Assert.Equal(["public.mt_events_sequence"], await Rows("select pg_get_serial_sequence('mt_events', 'seq_id')"));
    }

    private async Task Execute(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> Rows(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
