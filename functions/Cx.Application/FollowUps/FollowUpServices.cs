using Cx.Application.FollowUps.Explanations;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Templates;
using Cx.Application.Privacy;

namespace Cx.Application.FollowUps;

/// <summary>What follow-ups need of a host.</summary>
public static class FollowUpServices
{
    /// <summary>Expects the store, the database's address, the shops, the keys, an <see cref="OfferLookup"/> and a clock to be there; adds all else but the workers.</summary>
    /// <param name="ownUrl">Where this process listens.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing or wrong; names its key.</exception>
    public static IServiceCollection AddFollowUps(this IServiceCollection services, IConfiguration configuration, Uri ownUrl)
    {
        var options = MessageOptions.Read(configuration, ownUrl);
        services.AddSingleton(options);
        services.AddSingleton(_ => new TemplateRenderer());
        services.AddSingleton(s => new UnsubscribeLinks(LinkKeys(s.GetRequiredService<InstallationKeys>()), options.PublicUrl));
        services.AddSingleton(s => options.CreateSender(configuration, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<InstanceLease>();
        services.AddSingleton<MessageComposer>();
        services.AddSingleton<OutboxQueue>();
        services.AddSingleton<OutboxSender>();
        services.AddSingleton<Waker>();
        services.AddSingleton<FollowUpDirectory>();
        services.AddSingleton<MessageDirectory>();
        return services;
    }

    /// <summary>The links key in the form that links are made with.</summary>
    public static IEnumerable<(int Version, byte[] Key)> LinkKeys(InstallationKeys keys) => keys.Links.Versions.Select(v => (v, keys.Links.Bytes(v).ToArray()));
}
