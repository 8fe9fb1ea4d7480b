using Cx.Functions.Store.Postgres;
using Npgsql;

namespace Cx.Tests.Store;

public sealed class PostgresEventStoreTests : PostgresEventStoreContract
{
    protected override IEventTables Tables(NpgsqlDataSource database) => new NpgsqlEventTables();
}
