using System.Collections.Immutable;
using System.Text.Json;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Marketing saved the contact policy that is to be published next, whole.</summary>
/// <param name="By">The id of the key, or <c>installation</c>; never a person.</param>
public sealed record PolicyDraftSaved(ContactPolicy Draft, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A draft became a version, which never changes again; from then on it holds, and the settings' policy does not.</summary>
/// <param name="Tags">Its tags as they are compared.</param>
public sealed record PolicyPublished(ContactPolicy Document, ExcludedTags Tags, string By, DateTimeOffset OccurredAt) : IPlanChange;

/// <summary>A published version, without its document.</summary>
public sealed record PublishedPolicy(int Number, string By, DateTimeOffset PublishedAt);

/// <summary>The contact policy of a shop: a snapshot of the shop's stream.</summary>
/// <param name="Latest">The number of the latest version; 0 before the first.</param>
/// <param name="Draft">What is published next; none where nothing was saved since.</param>
/// <param name="Versions">In order.</param>
public sealed record ShopPolicy(ShopId Id, int Latest, ContactPolicy? Draft, ImmutableList<PublishedPolicy> Versions)
{
    public string Stream { get; init; } = Shop.StreamKey;

    /// <summary>The stream's version after the last event that changed this snapshot; 0 before the first.</summary>
    public long Version { get; init; }

    public static ShopPolicy New(ShopId shop) => new(shop, 0, null, []);

    public static IReadOnlyList<IEvent> Save(ShopPolicy policy, ContactPolicy draft, string by, DateTimeOffset at)
    {
        var next = draft with { Version = policy.Latest + 1 };
        return policy.Draft is { } known && Same(known, next) ? [] : [new PolicyDraftSaved(next, by, at)];
    }

    /// <param name="hash">Hashes the tags as those of orders and customers are hashed.</param>
    /// <exception cref="RuleBrokenException"><c>no-draft</c>.</exception>
    public static IReadOnlyList<IEvent> Publish(ShopPolicy policy, HashId hash, string by, DateTimeOffset at)
    {
        var draft = policy.Draft ?? throw new RuleBrokenException("no-draft", "There is no draft to publish: save one first.");
        var exclude = draft.Reviews.Exclude;
        return [new PolicyPublished(draft with { Version = policy.Latest + 1 }, new(Hashed(exclude.OrderTags, hash), Hashed(exclude.CustomerTags, hash)), by, at)];
    }

    public static ShopPolicy? Evolve(ShopPolicy? policy, ShopId id, IEvent e) => e switch
    {
        PolicyDraftSaved x => (policy ?? New(id)) with { Draft = x.Draft },
        PolicyPublished x => (policy ?? New(id)) is var known ? known with
        {
            Latest = x.Document.Version,
            Draft = null,
            Versions = known.Versions.Add(new(x.Document.Version, x.By, x.OccurredAt)),
        } : null,
        _ => policy,
    };

    private static Labels Hashed(IReadOnlyList<string> tags, HashId hash) => Labels.Hashed(string.Join(Labels.Separator, tags), hash);

    private static bool Same(ContactPolicy one, ContactPolicy other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, EventCatalog.Json).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, EventCatalog.Json));
}
