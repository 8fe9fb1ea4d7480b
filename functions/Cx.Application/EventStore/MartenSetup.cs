using Cx.Domain;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Daemon.HighWater;
using JasperFx.Events.Projections;
using JasperFx.MultiTenancy;
using JasperFx.OpenTelemetry;
using Marten;
using Marten.Services;
using Marten.Services.Json.Transformations.SystemTextJson;
using Marten.Subscriptions;
using Npgsql;
using Weasel.Core;

namespace Cx.Application.EventStore;

/// <summary>Marten as both hosts use it: the events, and our side tables beside them.</summary>
public static class MartenSetup
{
    // How soon a process takes over what another one left, and tries again what has failed.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>The tenant is the shop.</summary>
    public static void Configure(StoreOptions options, NpgsqlDataSource database)
    {
        options.Connection(database);
        options.DatabaseSchemaName = "public";
        options.AutoCreateSchemaObjects = AutoCreate.None;

        // A statement repeated in a transaction that has failed would only hide why it failed; the event store tries again as a whole.
        options.ConfigurePolly(_ => { });
        options.ConfigureWritePolly(_ => { });
        options.OpenTelemetry.TrackConnections = TrackLevel.Normal;
        options.OpenTelemetry.TrackEventCounters();

        var events = options.Events;
        events.StreamIdentity = StreamIdentity.AsString;
        events.TenancyStyle = TenancyStyle.Conjoined;
        events.MetadataConfig.CorrelationIdEnabled = true;
        events.MetadataConfig.CausationIdEnabled = true;
        events.MetadataConfig.HeadersEnabled = true;
        events.EnableBigIntEvents = true;
        events.IgnoreIndex(MartenSchema.FollowUpIndex);
        events.IgnoreIndex(MartenSchema.LinkIndex);

        // Checks the version before it draws a sequence number, and takes the instants that it is given.
        events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        foreach (var (name, type) in EventCatalog.All)
        {
            events.MapEventType(type, name);
        }

        foreach (var (name, type, upcast) in EventCatalog.Former)
        {
            events.Upcast(type, name, JsonTransformations.Upcast<object>(json => upcast(json.RootElement)));
        }

        Snapshots.Configure(options);
        options.Projections.Add(new CustomerStates(database), ProjectionLifecycle.Inline, CustomerStates.Name);
        options.Storage.ExtendedSchemaObjects.AddRange(SideTables.All());

        // Marten puts an enum converter of its own in place of ours, and the first one counts.
        options.UseSystemTextJsonForSerialization(EventCatalog.Json, EnumStorage.AsString, Casing.CamelCase, json =>
        {
            foreach (var converter in EventCatalog.Json.Converters.Reverse())
            {
                json.Converters.Insert(0, converter);
            }
        });
    }

    /// <summary>Registers what follows the log on Marten's daemon. Of the processes of one database, one runs each subscription.</summary>
    public static void Follow(StoreOptions options, CommitSignal signal, IEnumerable<SubscriptionBase> subscriptions)
    {
        var projections = options.Projections;
        projections.AsyncMode = DaemonMode.HotCold;
        projections.Wakeup = new CommitWakeup(signal);
        projections.LeadershipPollingTime = (int)Poll.TotalMilliseconds;
        projections.HealthCheckPollingTime = Poll;

        // A subscription learns how many it was not given, and lists them. An unknown name, on the other hand, must stop it.
        projections.Errors.SkipSerializationErrors = true;
        projections.Errors.SkipUnknownEvents = false;
        foreach (var subscription in subscriptions)
        {
            projections.Subscribe(subscription);
        }
    }

    /// <summary>Lets the daemon look for new events when something was committed, and not only when it polls.</summary>
    private sealed class CommitWakeup(CommitSignal signal) : IDaemonWakeup
    {
        // Commits that follow each other closely are looked for together.
        private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);

        private readonly CommitSignal.CommitWaiter waiter = signal.Waiter();

        public async Task WaitAsync(TimeSpan timeout, CancellationToken token)
        {
            if (await waiter.WaitAsync(timeout, token))
            {
                await Task.Delay(Gathering, token);
            }
        }

        public void Dispose()
        {
        }
    }
}
