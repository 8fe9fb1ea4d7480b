using System.Collections.Immutable;

namespace Cx.Domain.Shops;

/// <summary>A source was connected, or its settings were set anew. The secrets themselves are not in the log, where they could not be rewrapped.</summary>
/// <param name="Source">The name in the webhook's address.</param>
/// <param name="RequestsPerSecond">From 1 to 100,000.</param>
/// <param name="SecretsChanged">Whether its secrets are others than before.</param>
public sealed record SourceConfigured(string Source, int RequestsPerSecond, bool SecretsChanged, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A source was disconnected, and its secrets were deleted.</summary>
public sealed record SourceRemoved(string Source, DateTimeOffset OccurredAt) : IEvent;

/// <summary>What bounds the deliveries of a source, and since when it has its secrets.</summary>
public sealed record ConnectedSource(int RequestsPerSecond, DateTimeOffset SecretsSetAt);

/// <summary>The sources of a shop: a snapshot of the shop's stream.</summary>
/// <param name="Sources">By name.</param>
public sealed record ShopSources(ShopId Id, ImmutableSortedDictionary<string, ConnectedSource> Sources)
{
    public string Stream { get; init; } = Shop.StreamKey;

    /// <param name="secretsChanged">Whether the secrets are others than the source has.</param>
    public static IReadOnlyList<IEvent> Configure(ShopSources? shop, string source, int requestsPerSecond, bool secretsChanged, DateTimeOffset at)
    {
        var known = shop?.Sources.GetValueOrDefault(source);
        return known?.RequestsPerSecond == requestsPerSecond && !secretsChanged
            ? []
            : [new SourceConfigured(source, requestsPerSecond, secretsChanged || known is null, at)];
    }

    public static IReadOnlyList<IEvent> Remove(ShopSources? shop, string source, DateTimeOffset at) =>
        shop?.Sources.ContainsKey(source) is true ? [new SourceRemoved(source, at)] : [];

    public static ShopSources? Evolve(ShopSources? shop, ShopId id, IEvent e) => e switch
    {
        SourceConfigured x => With(shop ?? new(id, ImmutableSortedDictionary.Create<string, ConnectedSource>(StringComparer.Ordinal)), x),
        SourceRemoved x when shop is not null => shop with { Sources = shop.Sources.Remove(x.Source) },
        _ => shop,
    };

    private static ShopSources With(ShopSources shop, SourceConfigured x)
    {
        var secretsSetAt = !x.SecretsChanged && shop.Sources.TryGetValue(x.Source, out var known) ? known.SecretsSetAt : x.OccurredAt;
        return shop with { Sources = shop.Sources.SetItem(x.Source, new(x.RequestsPerSecond, secretsSetAt)) };
    }
}
