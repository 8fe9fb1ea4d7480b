using Azure.Core;
using Cx.Functions.Api;
using Cx.Functions.FollowUps.Outgoing;
using Cx.Functions.Hosting.Azure.CatchingUp;
using Cx.Functions.Hosting.Azure.FollowUps;
using Cx.Functions.Hosting.Azure.Payloads;
using Cx.Functions.Intake;
using Cx.Functions.Store.Postgres;
using Cx.Functions.Store.Sealing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Npgsql;

namespace Cx.Functions.Hosting.Azure;

/// <summary>What this host adds to the system: its clock, the event tables, what is kept in Blob storage, and what runs by itself.</summary>
internal static class AzureComposition
{
    public static void Add(
        IHostApplicationBuilder builder, AzureSettings settings, TokenCredential storage, DatabaseAddress address, NpgsqlDataSource database, IEventTables tables,
        InstallationKeys keys)
    {
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        Telemetry.Add(builder);

        var services = builder.Services;
        services.Configure<KestrelServerOptions>(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = Body.MaxLength;
        });
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(tables);
        services.AddPayloadArchive(settings.Storage.ConnectionString, settings.Storage.BlobService, storage, settings.Archive);
        services.AddCx(builder.Configuration, address, database, keys, new AdminKey(settings.AdminKey), settings.PublicUrl);
        services.AddHostedService<Presence>();
        services.AddFollowUpOrchestrations();
        services.AddCatchUp(settings.Storage.Queue(NewsQueue.Name, storage));
        services.AddEndpointMap();
    }

    // Whichever instance sends, the others see from its lease whether it lives.
    private sealed class Presence(InstanceLease lease) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lease.Start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
