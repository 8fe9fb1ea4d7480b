using Cx.Domain;
using JasperFx;
using JasperFx.Events;
using JasperFx.MultiTenancy;
using JasperFx.OpenTelemetry;
using Marten;
using Marten.Services;
using Npgsql;
using Weasel.Core;

namespace Cx.Application.EventStore;

/// <summary>Marten as both hosts use it: the events, and our side tables beside them.</summary>
public static class MartenSetup
{
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

        // Checks the version before it draws a sequence number, and takes the instants that it is given.
        events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        foreach (var (name, type) in EventCatalog.All)
        {
            events.MapEventType(type, name);
        }

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
}
