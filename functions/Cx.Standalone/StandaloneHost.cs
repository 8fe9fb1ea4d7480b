using Cx.Application;
using Cx.Application.Api;
using Cx.Application.Configuration;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Standalone.Postgres;
using Marten;
using Microsoft.Extensions.Options;

namespace Cx.Standalone;

/// <summary>The whole system in one process: finds or starts PostgreSQL, checks the keys, serves HTTP and runs the background workers.</summary>
public sealed class StandaloneHost : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> owned = new();
    private WebApplication? app;

    private StandaloneHost()
    {
    }

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public string AdminKey { get; private set; } = "";

    public string ConnectionString { get; private set; } = "";

    public IServiceProvider Services => app!.Services;

    /// <summary>Completes when the host has stopped: on Ctrl-C, SIGTERM, or when it is disposed.</summary>
    public Task Stopped => app!.WaitForShutdownAsync();

    /// <summary>Starts everything; on a failure, stops what was started.</summary>
    /// <param name="args">Configuration as <c>--key value</c>, which overrides the environment.</param>
    public static async Task<StandaloneHost> Start(string[] args, IProgress<string> progress, CancellationToken ct)
    {
        var host = new StandaloneHost();
        try
        {
            await host.Launch(args, progress, ct);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        while (owned.TryPop(out var next))
        {
            await next.DisposeAsync();
        }
    }

    private async Task Launch(string[] args, IProgress<string> progress, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        await using var valid = Settings.Validate(builder.Configuration, services => StandaloneSettings.Add(services, builder.Configuration));
        var options = valid.GetRequiredService<IOptions<StandaloneOptions>>().Value;
        var folder = await Open(options, progress, ct);
        var keys = options.MasterKey is null ? InstallationKeys.LoadOrCreate(Path.Combine(folder, "keys.json")) : InstallationKeys.FromMasterKey(options.MasterKey);
        AdminKey = options.AdminKey ?? AdminKeyFile.LoadOrCreate(folder, progress);

        var address = new DatabaseAddress(ConnectionString);
        var database = address.Pool();
        owned.Push(database);
        StandaloneServices.Add(builder, options, valid.GetRequiredService<IOptions<TelemetryOptions>>().Value, folder, address, database, keys, new AdminKey(AdminKey));
        app = builder.Build();
        StandaloneServices.Map(app, options);
        await MartenSchema.Prepare(app.Services.GetRequiredService<IDocumentStore>(), database, ct);
        await Fingerprints.Check(database, keys, ct);
        await app.Services.GetRequiredService<Erasing>().Reapply(ct);
        await app.StartAsync(ct);
        if (options.DevClock)
        {
            progress.Report("Cx__DevClock is on: anyone who can reach this host can move its clock. Never use it with real customers.");
        }

        Address = new Uri(app.Urls.First().TrimEnd('/') + "/");
    }

    /// <summary>Opens the data folder and sets the connection string of the given or the embedded PostgreSQL.</summary>
    private async Task<string> Open(StandaloneOptions options, IProgress<string> progress, CancellationToken ct)
    {
        if (options.Postgres is { } given)
        {
            // Not locked: several hosts may share a server, and then also the folder on one machine.
            ConnectionString = given;
            return Directory.CreateDirectory(DataFolder.Resolve(options.DataFolder)).FullName;
        }

        var folder = DataFolder.Open(options.DataFolder);
        owned.Push(new Held(folder));
        var server = await PostgresServer.Start(folder, new PostgresSettings { Binaries = options.PostgresBinaries }, progress, ct);
        owned.Push(server);
        ConnectionString = server.ConnectionString;
        return folder.Path;
    }

    private sealed class Held(DataFolder folder) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
