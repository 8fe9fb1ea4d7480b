using Cx.Application.EventStore.Postgres;
using Npgsql;

namespace Cx.Tests.EventStore;

public sealed class PostgresEventStoreTests : PostgresEventStoreContract
{
    protected override IEventTables Tables(NpgsqlDataSource database) => new NpgsqlEventTables();
}
