using Azure.Core;
using Cx.Application;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.Intake;
using Cx.Application.Privacy;
using Cx.FunctionApp.FollowUps;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Npgsql;

namespace Cx.FunctionApp;

/// <summary>What this host adds to the system: its clock, what is kept in Blob storage, and what runs by itself.</summary>
internal static class FunctionAppServices
{
    public static void Add(
        IHostApplicationBuilder builder, FunctionAppOptions options, StorageOptions storage, TokenCredential storageCredential, DatabaseAddress address,
        NpgsqlDataSource database, InstallationKeys keys)
    {
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        var services = builder.Services;
        services.Configure<KestrelServerOptions>(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = Incoming.MaxLength;
        });
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.AddSingleton(TimeProvider.System);
        FunctionAppSettings.Add(services, builder.Configuration);
        services.AddCx(address, database, keys, new AdminKey(options.AdminKey));
        services.AddEndpointMap();

        services.AddSingleton(BlobAccount.Open(storage.ConnectionString, storage.BlobService, storageCredential));
        services.AddSingleton<IPayloadStore, BlobPayloadStore>();
        services.AddSingleton<IErasureRegister, BlobErasureRegister>();
        services.AddSingleton<PayloadMover>();
        services.AddSingleton(new ArchiveRule(options.Archive));

        services.AddHostedService<Presence>();
        services.AddSingleton<TaskHubClient>();
        services.AddSingleton<FollowUpTimers>();
        services.AddSingleton<LogSubscription>(s => new FollowUpSubscription(
            s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<TaskHubClient>(), s.GetRequiredService<FollowUpTimers>));
        services.AddSingleton<NotificationBacklog>();
        services.AddHostedService(s => new QueueCreation(
            [.. Queues.OfStorage.Select(name => storage.Queue(name, storageCredential))], s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<QueueCreation>>()));
        services.AddSingleton<ICommitQueue>(new CommitQueue(storage.Queue(Queues.Commits, storageCredential)));
        services.AddSingleton<CatchUp>();
        services.AddHostedService<CommitNotifier>();
    }

    // Whichever instance sends, the others see from its lease whether it still runs.
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
