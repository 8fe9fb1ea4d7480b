using Cx.Functions.Api;
using Cx.Functions.Intake;
using Cx.Functions.Intake.Sources;
using Cx.Functions.Store;
using Cx.Functions.Store.Postgres;
using Cx.Functions.Store.Sealing;
using Npgsql;
using Endpoint = Cx.Functions.Api.Endpoint;

namespace Cx.Functions.Hosting.Standalone;

/// <summary>What the process is made of, and which routes lead where.</summary>
internal static class Composition
{
    public static void Add(WebApplicationBuilder builder, CxSettings settings, string folder, NpgsqlDataSource database, InstallationKeys keys, AdminKey admin)
    {
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = Body.MaxLength;
        });
        if (builder.Configuration["urls"] is null)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:7071");
        }

        var services = builder.Services;
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.ConfigureHttpJsonOptions(o => ApiJson.Configure(o.SerializerOptions));
        services.AddOpenApi();

        services.AddSingleton(settings);
        services.AddSingleton(database);
        services.AddSingleton(keys);
        services.AddSingleton(admin);
        services.AddSingleton<TimeProvider>(settings.DevClock ? new MovableClock(folder) : TimeProvider.System);
        AddStore(services);
        AddIntake(services);
    }

    public static void Map(WebApplication app, CxSettings settings)
    {
        app.Use(Failures.Handle);
        app.UseRouting();
        app.Use(Failures.Admit);
        foreach (var endpoint in Endpoints(settings))
        {
            var mapped = app.MapMethods("/" + endpoint.Route, [endpoint.Method], endpoint.Handle).WithName(endpoint.Name).WithSummary(endpoint.Summary).WithMetadata(endpoint);
            if (endpoint.Returns is { } type)
            {
                mapped.Produces(StatusCodes.Status200OK, type);
            }
        }

        app.MapOpenApi();
    }

    private static IEnumerable<Endpoint> Endpoints(CxSettings settings) => [.. IntakeEndpoints.All];

    private static void AddStore(IServiceCollection services)
    {
        services.AddSingleton<Instance>();
        services.AddSingleton<ShopDirectory>();
        services.AddSingleton<SourceDirectory>();
        services.AddSingleton<KeyDirectory>();
        services.AddSingleton<IdentifierIndex>();
        services.AddSingleton<Erasing>();
        services.AddSingleton<Gate>();
        services.AddSingleton<PostgresEventStore>();
        services.AddSingleton<IEventStore>(s => s.GetRequiredService<PostgresEventStore>());
    }

    private static void AddIntake(IServiceCollection services)
    {
        services.AddSingleton<ISource, ShopifySource>();
        services.AddSingleton<ISource, WooCommerceSource>();
        services.AddSingleton<ISource, StandardSource>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<FailedDeliveries>();
        services.AddSingleton<Deliveries>();
        services.AddSingleton<Webhooks>();
        services.AddSingleton<TouchpointsApi>();
        services.AddSingleton<Replay>();
    }
}
