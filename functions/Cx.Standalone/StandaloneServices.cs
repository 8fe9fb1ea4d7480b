using Azure.Messaging.ServiceBus;
using Cx.Application;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Simulations;
using Cx.Application.Intake;
using Cx.Application.Privacy;
using Npgsql;
using ServiceBusReceiver = Cx.Application.Intake.ServiceBusReceiver;

namespace Cx.Standalone;

/// <summary>What this host adds to the application: Kestrel, its clock, its files and its background workers.</summary>
internal static class StandaloneServices
{
    public static void Add(
        WebApplicationBuilder builder, StandaloneOptions options, TelemetryOptions telemetry, string folder, DatabaseAddress address, NpgsqlDataSource database,
        InstallationKeys keys, AdminKey admin)
    {
        builder.WebHost.UseUrls(StandaloneSettings.Urls(builder.Configuration)).ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = Incoming.MaxLength;
        });

        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        var services = builder.Services;
        services.AddTelemetry(telemetry);
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        AddClock(services, options, folder);
        services.AddSingleton<IErasureRegister>(FileErasureRegister.In(folder));
        services.AddSingleton<IPayloadStore, NoPayloadStore>();
        StandaloneSettings.Add(services, builder.Configuration);
        services.AddCx(address, database, keys, admin);
        if (options.Workers)
        {
            services.AddHostedService(s => s.GetRequiredService<LogDaemon>());
            services.AddHostedService<WakingWorker>();
            services.AddHostedService<SendingWorker>();
            services.AddHostedService<UpkeepWorker>();
            services.AddHostedService<SimulationWorker>();
            if (options.ServiceBus is { } serviceBus)
            {
                services.AddSingleton(new ServiceBusClient(serviceBus));
                services.AddHostedService<ServiceBusReceiver>();
            }
        }
    }

    public static void Map(WebApplication app, StandaloneOptions options)
    {
        app.Use(Middleware.HandleErrors);
        app.UseRouting();
        app.Use(Middleware.Authorize);
        app.MapApi(options.DevClock ? DevClock.Endpoints : []);
    }

    private static void AddClock(IServiceCollection services, StandaloneOptions options, string folder)
    {
        if (options.DevClock)
        {
            services.AddSingleton(new MovableClock(folder));
            services.AddSingleton<TimeProvider>(s => s.GetRequiredService<MovableClock>());
            services.AddSingleton<DevClock>();
            services.AddSingleton(new OutageOptions(AreMeasured: false));
        }
        else
        {
            services.AddSingleton(TimeProvider.System);
        }
    }
}
