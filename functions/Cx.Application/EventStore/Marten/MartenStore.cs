using Cx.Domain;
using JasperFx;
using JasperFx.Events;
using JasperFx.MultiTenancy;
using Marten;
using Npgsql;
using Weasel.Core;
using SessionOptions = Marten.Services.SessionOptions;

namespace Cx.Application.EventStore.Marten;

/// <summary>
/// Marten on our database, configured for the event tables as our own scripts make them: it adds the functions it calls and changes nothing
/// else.
/// </summary>
public sealed class MartenStore(NpgsqlDataSource database) : IDisposable
{
    // Any constant will do, as long as no other application in the same database locks it.
    private const long Lock = 0x43785F6D617274;

    internal DocumentStore Documents { get; } = DocumentStore.For(options => Configure(options, database));

    /// <summary>
    /// Adds the functions, tables and columns that Marten wants beside ours: once, when the process starts and the tables are there, by one
    /// process at a time.
    /// </summary>
    public async Task Prepare(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var wait = new NpgsqlCommand($"select pg_advisory_xact_lock({Lock})", connection);
        await wait.ExecuteNonQueryAsync(ct);

        var tables = Documents.Storage.Database;
        var migration = await tables.CreateMigrationAsync(ct);
        if (migration.Difference != SchemaPatchDifference.None)
        {
            await tables.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate, ct: ct);
        }
    }

    /// <summary>What is saved in it is part of the transaction, which stays the caller's.</summary>
    internal IDocumentSession Session(NpgsqlTransaction transaction, ShopId shop)
    {
        var options = SessionOptions.ForTransaction(transaction);
        options.TenantId = shop.Value;
        return Documents.OpenSession(options);
    }

    /// <summary>
    /// Reads on a connection, in whatever transaction that is. To dispose of it would close the connection, and it holds nothing else.
    /// </summary>
    internal IQuerySession Reading(NpgsqlConnection connection, ShopId shop)
    {
        var options = SessionOptions.ForConnection(connection);
        options.TenantId = shop.Value;
        return Documents.QuerySession(options);
    }

    public void Dispose() => Documents.Dispose();

    private static void Configure(StoreOptions options, NpgsqlDataSource database)
    {
        options.Connection(database);
        options.DatabaseSchemaName = "public";
        options.AutoCreateSchemaObjects = AutoCreate.None;

        // A statement repeated in a transaction that has failed would only hide why it failed; the event store tries again as a whole.
        options.ConfigurePolly(_ => { });
        options.ConfigureWritePolly(_ => { });

        var events = options.Events;
        events.StreamIdentity = StreamIdentity.AsString;
        events.TenancyStyle = TenancyStyle.Conjoined;
        events.MetadataConfig.CorrelationIdEnabled = true;
        events.MetadataConfig.CausationIdEnabled = true;
        events.MetadataConfig.HeadersEnabled = true;
        events.EnableUniqueIndexOnEventId = true;
        events.EnableBigIntEvents = true;
        events.EnableAdvancedAsyncTracking = false;
        events.IgnoreIndex("cx_follow_ups");

        // Checks the version before it draws a sequence number, and takes the instants that it is given.
        events.AppendMode = EventAppendMode.QuickWithServerTimestamps;

        foreach (var (name, type) in EventCatalog.All)
        {
            events.MapEventType(type, name);
        }

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
