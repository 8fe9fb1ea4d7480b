using Cx.Application;
using Cx.Application.Api;
using Cx.Application.Configuration;
using Cx.Application.EventStore.Postgres;
using Cx.Application.Privacy;
using Cx.Standalone.Postgres;
using Microsoft.Extensions.Options;

namespace Cx.Standalone;

/// <summary>The whole system in one process: PostgreSQL found or started, keys checked, HTTP and the background workers running.</summary>
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

    /// <summary>Ends when the host has stopped: on Ctrl-C, SIGTERM, or when it is disposed.</summary>
    public Task Stopped => app!.WaitForShutdownAsync();

    /// <summary>Starts everything; what was started is stopped again when something fails.</summary>
    /// <param name="args">Configuration given as <c>--key value</c>, before the environment's.</param>
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
        var settings = valid.GetRequiredService<IOptions<StandaloneOptions>>().Value;
        var folder = await Open(settings, progress, ct);
        var keys = settings.MasterKey is null ? InstallationKeys.LoadOrCreate(Path.Combine(folder, "keys.json")) : InstallationKeys.FromMasterKey(settings.MasterKey);
        AdminKey = settings.AdminKey ?? AdminKeyFile.LoadOrCreate(folder, progress);

        var address = new DatabaseAddress(ConnectionString);
        var database = address.Pool();
        owned.Push(database);
        await Schema.Upgrade(database, ct);
        await Fingerprints.Check(database, keys, ct);

        Composition.Add(builder, settings, valid.GetRequiredService<IOptions<TelemetryOptions>>().Value, folder, address, database, keys, new AdminKey(AdminKey));
        app = builder.Build();
        Composition.Map(app, settings);
        await app.Services.GetRequiredService<Erasing>().Reapply(ct);
        await app.StartAsync(ct);
        if (settings.DevClock)
        {
            progress.Report("Cx__DevClock is on: whoever reaches this host can move its clock. Never where real customers are.");
        }

        Address = new Uri(app.Urls.First().TrimEnd('/') + "/");
    }

    /// <summary>The data folder, and the connection string of the given or the own PostgreSQL.</summary>
    private async Task<string> Open(StandaloneOptions settings, IProgress<string> progress, CancellationToken ct)
    {
        if (settings.Postgres is { } given)
        {
            // Several hosts may share a server, and then also the folder on one machine: nobody holds it.
            ConnectionString = given;
            return Directory.CreateDirectory(DataFolder.Resolve(settings.DataFolder)).FullName;
        }

        var folder = DataFolder.Open(settings.DataFolder);
        owned.Push(new Held(folder));
        var server = await PostgresServer.Start(folder, new PostgresSettings { Binaries = settings.PostgresBinaries }, progress, ct);
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
