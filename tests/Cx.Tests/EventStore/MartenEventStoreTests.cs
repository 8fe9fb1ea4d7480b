using Cx.Application.EventStore.Marten;
using Cx.Application.EventStore.Postgres;
using Npgsql;

namespace Cx.Tests.EventStore;

public sealed class MartenEventStoreTests : PostgresEventStoreContract
{
    private readonly List<MartenStore> opened = [];

    public override async Task DisposeAsync()
    {
        opened.ForEach(m => m.Dispose());
        await base.DisposeAsync();
    }

    protected override IEventTables Tables(NpgsqlDataSource database) => new MartenEventTables(Open(database));

    protected override Task Prepare(NpgsqlDataSource database) => Open(database).Prepare(default);

    private MartenStore Open(NpgsqlDataSource database)
    {
        opened.Add(new(database));
        return opened[^1];
    }
}
