using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.Privacy;
using Marten;
using Marten.Events.Daemon.Coordination;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>The event store of one process on a test's database.</summary>
public static class Stores
{
    public static IDocumentStore Marten(NpgsqlDataSource database) => DocumentStore.For(options => MartenSetup.Configure(options, database));

    /// <summary>The daemon of one process, with what it follows the log for.</summary>
    /// <param name="marten">Where Marten reports what it does.</param>
    public static LogDaemon Daemon(
        NpgsqlDataSource database, CommitSignal signal, IEnumerable<LogSubscription> subscriptions, TimeProvider? clock = null, ILogger<LogDaemon>? log = null,
        ILogger<ProjectionCoordinator>? marten = null)
    {
        var store = DocumentStore.For(options =>
        {
            MartenSetup.Configure(options, database);
            MartenSetup.Follow(options, signal, subscriptions);
        });
        return new(
            store, new ProjectionCoordinator(store, marten ?? NullLogger<ProjectionCoordinator>.Instance), database, signal, clock ?? TimeProvider.System,
            log ?? NullLogger<LogDaemon>.Instance);
    }

    public static MartenEventStore On(
        NpgsqlDataSource database, InstallationKeys keys, TimeProvider clock, ShopDirectory? shops = null, Instance? instance = null, ILogger<MartenEventStore>? log = null)
    {
        var marten = Marten(database);
        return new(marten, database, keys, shops ?? new(marten), instance ?? new(), clock, log ?? NullLogger<MartenEventStore>.Instance);
    }

    public static SourceDirectory Sources(NpgsqlDataSource database, InstallationKeys keys, TimeProvider clock) =>
        new(Marten(database), On(database, keys, clock), database, keys, clock);
}
