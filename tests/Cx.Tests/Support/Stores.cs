using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Marten;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>The event store of one process on a test's database.</summary>
public static class Stores
{
    public static IDocumentStore Marten(NpgsqlDataSource database) => DocumentStore.For(options => MartenSetup.Configure(options, database));

    public static MartenEventStore On(
        NpgsqlDataSource database, InstallationKeys keys, TimeProvider clock, ShopDirectory? shops = null, Instance? instance = null, ILogger<MartenEventStore>? log = null) => new(
        Marten(database), database, keys, shops ?? new(database), instance ?? new(), clock, log ?? NullLogger<MartenEventStore>.Instance);
}
