using Cx.Application.Api;
using Cx.Application.Configuration;
using Cx.Application.FollowUps.Cadences;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Explanations;
using Cx.Application.FollowUps.Forecasts;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Policies;
using Cx.Application.FollowUps.Readiness;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Simulations;
using Cx.Application.FollowUps.Templates;
using Cx.Application.FollowUps.TestMessages;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.FollowUps.Webhook;
using Cx.Application.Privacy;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Cx.Application.FollowUps;

/// <summary>What follow-ups need of a host.</summary>
public static class FollowUpServices
{
    /// <summary>The options records of messages and of the sender that is chosen; the settings of another sender are not read.</summary>
    /// <param name="ownUrl">Where this process listens; null where <c>Cx__PublicUrl</c> is required.</param>
    public static IServiceCollection AddFollowUpSettings(this IServiceCollection services, IConfiguration configuration, Uri? ownUrl)
    {
        var sender = MessageOptions.Choose(configuration);
        services.Configure<MessageOptions>(o => (o.Sender, o.OwnUrl) = (sender ?? default, ownUrl));
        services.AddSettings<MessageOptions>(configuration);
        services.AddSettings<DnsOptions>(configuration);
        switch (sender)
        {
            case SenderKind.Smtp:
                services.AddSettings<SmtpOptions>(configuration);
                break;
            case SenderKind.Webhook:
                services.AddSettings<WebhookOptions>(configuration);
                break;
        }

        return services;
    }

    /// <summary>
    /// Expects the settings above, the store, the database's address, the shops, the keys, an <see cref="OfferLookup"/> and a clock to be registered;
    /// registers everything else but the workers.
    /// </summary>
    public static IServiceCollection AddFollowUps(this IServiceCollection services)
    {
        services.AddSingleton(s => s.GetRequiredService<IOptions<MessageOptions>>().Value);
        services.AddSingleton(s => new PublicAddress(s.GetRequiredService<MessageOptions>().PublicUrl));
        services.AddSingleton(_ => new TemplateRenderer());
        services.AddSingleton(s => new UnsubscribeLinks(LinkKeys(s.GetRequiredService<InstallationKeys>()), s.GetRequiredService<MessageOptions>().LinkBase));
        services.AddSingleton(Sender);
        services.AddSingleton<AlertSecrets>();
        services.AddSingleton<AlertWebhook>();
        services.AddSingleton(s => new Senders(s.GetRequiredService<ISender>(), s.GetRequiredService<AlertWebhook>()));
        services.AddSingleton<InstanceLease>();
        services.AddSingleton<MessageComposer>();
        services.AddSingleton<FollowUpTraces>();
        services.AddSingleton<OutboxQueue>();
        services.AddSingleton<OutboxSender>();
        services.TryAddSingleton(new OutageOptions(AreMeasured: true));
        services.AddSingleton<WakeHeartbeat>();
        services.AddSingleton<Waker>();
        services.AddSingleton<FollowUpDirectory>();
        services.AddSingleton<StepControlling>();
        services.AddSingleton<CadenceDirectory>();
        services.AddSingleton<PolicyDirectory>();
        services.AddSingleton<TemplateDirectory>();
        services.AddSingleton<TemplatePreview>();
        services.AddSingleton<CadenceTemplates>();
        services.AddSingleton<RunningFollowUps>();
        services.AddSingleton<ShopForecast>();
        services.AddSingleton<TestSender>();
        services.AddSingleton<IDns>(s => new DnsLookup(s.GetRequiredService<IOptions<DnsOptions>>().Value));
        services.AddSingleton(s => new SendingReadiness(s.GetRequiredService<IDns>(), s.GetRequiredService<MessageOptions>(), Signing(s)));
        services.AddSingleton<MessageDirectory>();
        services.AddSingleton<SimulationDirectory>();
        services.AddSingleton<SimulationQueue>();
        services.AddSingleton<SimulationRunner>();
        services.AddSingleton<SampleMessages>();
        return services;
    }

    /// <summary>The links key in the form that links are made with.</summary>
    public static IEnumerable<(int Version, byte[] Key)> LinkKeys(InstallationKeys keys) => keys.Links.Versions.Select(v => (v, keys.Links.Bytes(v).ToArray()));

    private static PublishedKey? Signing(IServiceProvider services) =>
        services.GetRequiredService<MessageOptions>().Sender == SenderKind.Smtp && services.GetRequiredService<IOptions<SmtpOptions>>().Value is { DkimDomain: { } domain, DkimSelector: { } selector, DkimPrivateKey: { } key }
            && DkimKey.Read(key) is var read
            ? new(domain, selector, read.KeyType, read.PublicKey)
            : null;

    private static ISender Sender(IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        return services.GetRequiredService<MessageOptions>().Sender switch
        {
            SenderKind.Smtp => new SmtpSender(services.GetRequiredService<IOptions<SmtpOptions>>().Value, time),
            SenderKind.Webhook => new WebhookSender(services.GetRequiredService<IOptions<WebhookOptions>>().Value, time),
            _ => new LocalSender(),
        };
    }
}
