using Cx.Application.EventStore.Marten;
using Cx.Application.EventStore.Postgres;
using Npgsql;

namespace Cx.Tests.EventStore;

/// <summary>What Marten finds and leaves in a database that our own scripts made.</summary>
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

    public async Task InitializeAsync()
    {
        database = NpgsqlDataSource.Create(await Support.Database.Create());
        await Schema.Upgrade(database, default);
    }

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Marten_adds_its_own_objects_and_removes_nothing()
    {
        var before = await Rows(Everything);

        using var marten = new MartenStore(database);
        await marten.Prepare(default);

        var after = await Rows(Everything);
        Assert.Empty(before.Except(after));
        Assert.Contains("function mt_quick_append_events", after);
        await marten.Documents.Storage.Database.AssertDatabaseMatchesConfigurationAsync();
        await marten.Prepare(default);
        await Schema.Upgrade(database, default);
        Assert.Equal(after, await Rows(Everything));
    }

    [Fact]
    public async Task Concurrent_starts_prepare_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            using var marten = new MartenStore(database);
            await marten.Prepare(default);
        })));

        Assert.Single(await Rows("select proname::text from pg_proc where proname = 'mt_quick_append_events'"));
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
