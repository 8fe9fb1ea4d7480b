using Cx.Domain;
using Cx.Domain.Offers;
using Cx.Functions.Admin;
using Cx.Functions.Api;
using Cx.Functions.FollowUps;
using Cx.Functions.FollowUps.Outgoing;
using Cx.Functions.FollowUps.Waking;
using Cx.Functions.Intake;
using Cx.Functions.Intake.Sources;
using Cx.Functions.Store;
using Cx.Functions.Store.Postgres;
using Cx.Functions.Store.Sealing;
using Cx.Functions.Store.Views;
using Cx.Functions.Views;
using Npgsql;
using Endpoint = Cx.Functions.Api.Endpoint;

namespace Cx.Functions.Hosting.Standalone;

/// <summary>What the process is made of, and which routes lead where.</summary>
internal static class Composition
{
    private const string DefaultUrl = "http://127.0.0.1:7071";

    public static void Add(
        WebApplicationBuilder builder, CxSettings settings, string folder, string connectionString, NpgsqlDataSource database, InstallationKeys keys, AdminKey admin)
    {
        var url = builder.Configuration["urls"] is { Length: > 0 } given ? given : DefaultUrl;
        builder.WebHost.UseUrls(url).ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = Body.MaxLength;
        });

        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        var services = builder.Services;
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.ConfigureHttpJsonOptions(o => ApiJson.Configure(o.SerializerOptions));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.AddOpenApi();
        Telemetry.Add(builder);

        services.AddSingleton(database);
        services.AddSingleton(keys);
        services.AddSingleton(admin);
        AddClock(services, settings, folder);
        AddStore(services, connectionString, folder);
        AddViews(services);
        AddIntake(services);
        services.AddSingleton<IOfferSource, Offers>();
        services.AddFollowUps(builder.Configuration, connectionString, new Uri(url.Split(';')[0].Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal)));

        services.AddHostedService<NewsWorker>();
        if (settings.Workers)
        {
            services.AddHostedService<ViewWorker>();
            services.AddHostedService<WakingWorker>();
            services.AddHostedService<SendingWorker>();
            services.AddHostedService<RetentionWorker>();
        }
    }

    public static void Map(WebApplication app, CxSettings settings)
    {
        app.Use(Failures.Handle);
        app.UseRouting();
        app.Use(Failures.Admit);
        IEnumerable<Endpoint> endpoints =
            [.. IntakeEndpoints.All, .. ViewEndpoints.All, .. FollowUpEndpoints.All, .. AdminEndpoints.All, .. Health.Endpoints, .. settings.DevClock ? DevClock.Endpoints : []];
        foreach (var endpoint in endpoints)
        {
            var mapped = app.MapMethods("/" + endpoint.Route, [endpoint.Method], endpoint.Handle).WithName(endpoint.Name).WithSummary(endpoint.Summary).WithMetadata(endpoint);
            if (endpoint.Returns is { } type)
            {
                mapped.Produces(StatusCodes.Status200OK, type);
            }
        }

        app.MapOpenApi();
    }

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

    private static void AddStore(IServiceCollection services, string connectionString, string folder)
    {
        services.AddSingleton<Instance>();
        services.AddSingleton<CommitSignal>();
        services.AddSingleton(new LastingConnections(connectionString));
        services.AddSingleton<Notifier>();
        services.AddSingleton<Listener>();
        services.AddSingleton<ShopDirectory>();
        services.AddSingleton<ShopRows>();
        services.AddSingleton<ShopChanges>();
        services.AddSingleton<SourceDirectory>();
        services.AddSingleton<CustomerDirectory>();
        services.AddSingleton<IdentifierIndex>();
        services.AddSingleton<HeldData>();
        services.AddSingleton<IErasureRegister>(FileErasureRegister.In(folder));
        services.AddSingleton<Erasing>();
        services.AddSingleton<KeyDirectory>();
        services.AddSingleton<Gate>();
        services.AddSingleton<PostgresEventStore>();
        services.AddSingleton<IEventStore>(s => s.GetRequiredService<PostgresEventStore>());
        services.AddSingleton<ICustomerReader>(s => s.GetRequiredService<PostgresEventStore>());
    }

    private static void AddViews(IServiceCollection services)
    {
        services.AddSingleton<IReadOnlyList<IAsyncView>>([new AffinityView()]);
        services.AddSingleton<Reading>();
        services.AddSingleton<ViewReader>();
        services.AddSingleton<ViewHost>();
    }

    private static void AddIntake(IServiceCollection services)
    {
        services.AddSingleton<ISource, ShopifySource>();
        services.AddSingleton<ISource, WooCommerceSource>();
        services.AddSingleton<ISource, StandardSource>();
        services.AddSingleton<IReadOnlyList<SourceInfo>>(s => [.. s.GetServices<ISource>().Select(source => new SourceInfo(source.Name, source.RefuseSecret))]);
        services.AddSingleton<RateLimits>();
        services.AddSingleton<FailedDeliveries>();
        services.AddSingleton<Deliveries>();
        services.AddSingleton<Webhooks>();
        services.AddSingleton<TouchpointsApi>();
        services.AddSingleton<Replay>();
        services.AddSingleton<Retention>();
    }
}
