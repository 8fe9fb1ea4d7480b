using Cx.Application.EventStore;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.EventStore;

public sealed class MartenSchemaTests : IAsyncLifetime
{
    private const string Everything = """
        select 'column ' || table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable || ' ' || coalesce(column_default, '') from information_schema.columns where table_schema = 'public'
        union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
        union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
        union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
        union all select 'sequence ' || sequencename || ' ' || data_type || ' ' || coalesce(last_value, 0) from pg_sequences where schemaname = 'public'
        union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
        order by 1
        """;

    private NpgsqlDataSource database = null!;

    public async Task InitializeAsync() => database = NpgsqlDataSource.Create(await Database.Create());

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Marten_makes_the_tables_and_a_second_start_changes_nothing()
    {
        await Prepare();
        await Stores.Marten(database).Storage.Database.AssertDatabaseMatchesConfigurationAsync();
        var first = await Rows(Everything);
        Assert.Contains("function mt_quick_append_events", first);

        await Prepare();
        await OfAnotherBuild();
        await Prepare();

        Assert.Equal(first, await Rows(Everything));
    }

    [Fact]
    public async Task Concurrent_starts_make_them_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(Prepare)));

        Assert.Single(await Rows("select version::text from cx_layout"));
    }

    [Fact]
    public async Task What_a_newer_version_added_stays()
    {
        await Prepare();
        await Execute("alter table cx_outbox add column newer text; update cx_layout set version = 999");

        await Prepare();

        Assert.Equal(["text"], await Rows("select data_type from information_schema.columns where table_name = 'cx_outbox' and column_name = 'newer'"));
        Assert.Equal(["999"], await Rows("select version::text from cx_layout"));
    }

    [Fact]
    public async Task A_layout_that_cannot_be_upgraded_is_refused_and_left_as_it_is()
    {
        await Execute("create table cx_layout (version int not null, build uuid not null); insert into cx_layout values (4, gen_random_uuid()); create table cx_shops (shop text)");

        await Assert.ThrowsAsync<UnusableDatabaseException>(Prepare);

        Assert.Equal(["cx_layout", "cx_shops"], await Rows("select tablename::text from pg_tables where schemaname = 'public' order by 1"));
    }

    [Fact]
    public async Task A_database_of_the_former_layout_is_refused_with_a_sentence()
    {
        await Execute("create table cx_schema (version int not null); insert into cx_schema values (1)");

        var refused = await Assert.ThrowsAsync<UnusableDatabaseException>(Prepare);

        Assert.StartsWith("The database was made by a version of Cx.Serverless before its first release", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["cx_schema"], await Rows("select tablename::text from pg_tables where schemaname = 'public'"));
    }

    [Fact]
    public async Task An_archived_payload_is_in_its_row_or_in_a_blob()
    {
        await Prepare();
        await Execute("insert into cx_archive (shop, delivery, customer, received_at, key_version, key, data) values ('bottega', '\\x01', 'ada', now(), 1, '\\x02', '\\x03')");

        await Assert.ThrowsAsync<PostgresException>(() => Execute("update cx_archive set data = null"));
        await Execute("update cx_archive set data = null, blob = 'bottega/b'");
        await Assert.ThrowsAsync<PostgresException>(() => Execute("update cx_archive set blob = null"));
    }

    private Task Prepare() => MartenSchema.Prepare(Stores.Marten(database), database, default);

    private Task OfAnotherBuild() => Execute("update cx_layout set build = gen_random_uuid()");

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
