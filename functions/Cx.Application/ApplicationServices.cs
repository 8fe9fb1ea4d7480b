using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Application.Offers;
using Cx.Application.Privacy;
using Cx.Application.Shops;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Reporting;
using Cx.Domain.Offers;
using Marten;
using Marten.Events.Daemon.Coordination;
using Npgsql;

namespace Cx.Application;

/// <summary>What the system is made of on either host. A host adds the clock, the erasure register, the payload store, and what runs by itself.</summary>
internal static class CxServices
{
    /// <summary>Expects the settings of follow-ups to be there.</summary>
    public static IServiceCollection AddCx(
        this IServiceCollection services, DatabaseAddress address, NpgsqlDataSource database, InstallationKeys keys, AdminKey admin)
    {
        services.ConfigureHttpJsonOptions(o => ApiJson.Configure(o.SerializerOptions));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.AddApiDescription();

        services.AddSingleton(address);
        services.AddSingleton(database);
        services.AddSingleton(keys);
        services.AddSingleton(admin);
        services.AddSingleton<KeyAuthorization>();
        AddStore(services);
        AddViews(services);
        AddIntake(services);
        services.AddSingleton<OfferSource>();
        services.AddSingleton<OfferLookup>(s => s.GetRequiredService<OfferSource>().For);
        services.AddFollowUps();
        return services;
    }

    private static void AddStore(IServiceCollection services)
    {
        services.AddMarten(s =>
        {
            var options = new StoreOptions();
            MartenSetup.Configure(options, s.GetRequiredService<NpgsqlDataSource>());
            MartenSetup.Follow(options, s.GetRequiredService<CommitSignal>(), s.GetServices<LogSubscription>());
            return options;
        });
        services.AddLogging(l => l.AddFilter("Marten", LogLevel.Warning).AddFilter("JasperFx", LogLevel.Warning));
        services.AddSingleton<IProjectionCoordinator, ProjectionCoordinator>();
        services.AddSingleton<LogDaemon>();
        services.AddSingleton<Instance>();
        services.AddSingleton<CommitSignal>();
        services.AddSingleton<LastingConnections>();
        services.AddSingleton<Notifier>();
        services.AddSingleton<Listener>();
        services.AddSingleton<ShopDirectory>();
        services.AddSingleton<SourceDirectory>();
        services.AddSingleton<CustomerDirectory>();
        services.AddSingleton<CustomerSummaries>();
        services.AddSingleton<CustomerHistories>();
        services.AddSingleton<Identification>();
        services.AddSingleton<IdentifierIndex>();
        services.AddSingleton<ExportReader>();
        services.AddSingleton<Erasing>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<InactiveCustomers>();
        services.AddSingleton<SecondOrderGaps>();
        services.AddSingleton<Rewrapping>();
        services.AddSingleton<KeyDirectory>();
        services.AddSingleton<MartenEventStore>();
        services.AddSingleton<IEventStore>(s => s.GetRequiredService<MartenEventStore>());
        services.AddSingleton<ICustomerReader>(s => s.GetRequiredService<MartenEventStore>());
        services.AddHostedService<CommitNotifierWorker>();
    }

    private static void AddViews(IServiceCollection services)
    {
        foreach (var view in new IAsyncView[] { new AffinityView(), new LinkCandidatesView(), new ReportView() })
        {
            services.AddSingleton<LogSubscription>(s => new ViewSubscription(view, s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<ILogger<ViewSubscription>>()));
        }

        services.AddSingleton<ViewReader>();
        services.AddSingleton<FailedEvents>();
    }

    private static void AddIntake(IServiceCollection services)
    {
        services.AddSingleton<ISource, ShopifySource>();
        services.AddSingleton<ISource, WooCommerceSource>();
        services.AddSingleton<ISource, StandardSource>();
        services.AddSingleton<IReadOnlyList<SourceInfo>>(s => [.. s.GetServices<ISource>().Select(source => new SourceInfo(source.Name, source.RefuseSecret))]);
        services.AddSingleton<RateLimits>();
        services.AddSingleton<FailedDeliveries>();
        services.AddSingleton<IncompleteDeliveries>();
        services.AddSingleton<Deliveries>();
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<Webhooks>();
        services.AddSingleton<TouchpointIntake>();
        services.AddSingleton<QueuedTouchpoints>();
        services.AddSingleton<Retention>();
    }
}
