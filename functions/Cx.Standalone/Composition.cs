using Cx.Application;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Postgres;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.Intake;
using Cx.Application.Privacy;
using Npgsql;

namespace Cx.Standalone;

/// <summary>What this host adds to the system: Kestrel, its clock, its files, and the workers that run by themselves.</summary>
internal static class Composition
{
    private const string DefaultUrl = "http://127.0.0.1:7071";

    public static void Add(
        WebApplicationBuilder builder, CxSettings settings, string folder, DatabaseAddress address, NpgsqlDataSource database, InstallationKeys keys, AdminKey admin)
    {
        var url = builder.Configuration["urls"] is { Length: > 0 } given ? given : DefaultUrl;
        builder.WebHost.UseUrls(url).ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = Body.MaxLength;
        });

        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        Telemetry.Add(builder);

        var services = builder.Services;
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        AddClock(services, settings, folder);
        services.AddSingleton<IEventTables, NpgsqlEventTables>();
        services.AddSingleton<IErasureRegister>(FileErasureRegister.In(folder));
        services.AddSingleton<IPayloadStore, NoPayloadStore>();
        services.AddCx(builder.Configuration, address, database, keys, admin, OwnUrl(url));
        if (settings.Workers)
        {
            services.AddHostedService<ViewWorker>();
            services.AddHostedService<WakingWorker>();
            services.AddHostedService<SendingWorker>();
            services.AddHostedService<UpkeepWorker>();
        }
    }

    public static void Map(WebApplication app, CxSettings settings)
    {
        app.Use(Failures.Handle);
        app.UseRouting();
        app.Use(Failures.Admit);
        app.MapApi(settings.DevClock ? DevClock.Endpoints : []);
    }

    private static Uri OwnUrl(string urls) => new(urls.Split(';')[0].Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal));

    private static void AddClock(IServiceCollection services, CxSettings settings, string folder)
    {
        if (settings.DevClock)
        {
            services.AddSingleton(new MovableClock(folder));
            services.AddSingleton<TimeProvider>(s => s.GetRequiredService<MovableClock>());
            services.AddSingleton<DevClock>();
        }
        else
        {
            services.AddSingleton(TimeProvider.System);
        }
    }
}
