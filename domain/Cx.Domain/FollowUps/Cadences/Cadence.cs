using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>How a cadence stands in its shop. A draft was never published; one that is archived starts nothing, and what it started has ended.</summary>
public enum CadenceState { Draft, Published, Paused, Archived }

/// <summary>What becomes, when a version is published, of the follow-ups that run a former one.</summary>
public enum RunningChoice { Stay, Migrate, End }

/// <summary>Marketing saved what is to be published next, whole.</summary>
/// <param name="Cadence">The cadence's slug.</param>
/// <param name="By">The id of the key, or <c>installation</c>; never a person.</param>
public sealed record CadenceDraftSaved(string Cadence, CadenceDocument Draft, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A draft became a version, which never changes again.</summary>
public sealed record CadencePublished(string Cadence, CadenceDocument Document, RunningChoice Running, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>The steps of every version are held until it is resumed.</summary>
public sealed record CadencePaused(string Cadence, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>What was held goes on.</summary>
public sealed record CadenceResumed(string Cadence, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>It starts nothing any more, and what it started ends.</summary>
public sealed record CadenceArchived(string Cadence, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A published version, without its document.</summary>
public sealed record PublishedVersion(int Number, RunningChoice Running, string By, DateTimeOffset PublishedAt);

/// <summary>A cadence of a shop: a snapshot of its stream.</summary>
/// <param name="Document">The latest version; none before the first.</param>
/// <param name="Draft">What is published next; none where nothing was saved since.</param>
/// <param name="Versions">Those published here, in order; the shipped one has no entry.</param>
public sealed record Cadence(
    string Slug, CadenceState State, CadenceDocument? Document, CadenceDocument? Draft, ImmutableList<PublishedVersion> Versions)
{
    public string Stream { get; init; } = StreamOf(Slug);

    /// <summary>The stream's version after the last event; 0 for a shipped cadence that nobody has changed.</summary>
    public long Version { get; init; }

    /// <summary>The number of the latest version; 0 before the first.</summary>
    [JsonIgnore]
    public int Latest => Document?.Version ?? 0;

    /// <summary>The stream of a cadence, in the tenant of its shop.</summary>
    public static string StreamOf(string slug) => $"cadence-{slug}";

    /// <summary>
    /// A cadence as every shop has it from the beginning: the one after a sale runs, of the others there is a draft to be published. None of that name is
    /// shipped.
    /// </summary>
    /// <param name="language">In which the draft is named; BCP 47.</param>
    public static Cadence? Shipped(string slug, string language = "en") =>
        slug == DefaultCadences.PostSale.Slug ? new(slug, CadenceState.Published, DefaultCadences.PostSale, null, [])
        : DefaultCadences.Find(slug, language) is { } draft ? new(slug, CadenceState.Draft, null, draft, [])
        : null;

    /// <param name="cadence">None: the shop has none of that name.</param>
    public static IReadOnlyList<IEvent> Save(Cadence? cadence, CadenceDocument draft, string by, DateTimeOffset at)
    {
        var next = draft.Unhashed() with { Version = (cadence?.Latest ?? 0) + 1 };
        return cadence?.Draft is { } known && CadenceDocument.Same(known, next) ? [] : [new CadenceDraftSaved(draft.Slug, next, by, at)];
    }

    /// <param name="hash">Hashes the tags that conditions ask for.</param>
    /// <exception cref="RuleBrokenException"><c>no-draft</c>.</exception>
    public static IReadOnlyList<IEvent> Publish(Cadence cadence, RunningChoice running, HashId hash, string by, DateTimeOffset at) => cadence.Draft is { } draft
        ? [new CadencePublished(cadence.Slug, draft.Hashed(hash) with { Version = cadence.Latest + 1 }, running, by, at)]
        : throw new RuleBrokenException("no-draft", "There is no draft to publish: save one first.");

    /// <exception cref="RuleBrokenException"><c>not-published</c>.</exception>
    public static IReadOnlyList<IEvent> Pause(Cadence cadence, string by, DateTimeOffset at) => cadence.State switch
    {
        CadenceState.Paused => [],
        CadenceState.Published => [new CadencePaused(cadence.Slug, by, at)],
        _ => throw NotPublished(cadence),
    };

    /// <exception cref="RuleBrokenException"><c>not-published</c>.</exception>
    public static IReadOnlyList<IEvent> Resume(Cadence cadence, string by, DateTimeOffset at) => cadence.State switch
    {
        CadenceState.Published => [],
        CadenceState.Paused => [new CadenceResumed(cadence.Slug, by, at)],
        _ => throw NotPublished(cadence),
    };

    public static IReadOnlyList<IEvent> Archive(Cadence cadence, string by, DateTimeOffset at) =>
        cadence.State == CadenceState.Archived ? [] : [new CadenceArchived(cadence.Slug, by, at)];

    public static Cadence? Evolve(Cadence? cadence, ShopId shop, IEvent e) => e switch
    {
        CadenceDraftSaved x => Of(cadence, x.Cadence) with { Draft = x.Draft },
        CadencePublished x => Of(cadence, x.Cadence) is var known ? known with
        {
            State = known.State == CadenceState.Paused ? CadenceState.Paused : CadenceState.Published,
            Document = x.Document,
            Draft = null,
            Versions = known.Versions.Add(new(x.Document.Version, x.Running, x.By, x.OccurredAt)),
        } : null,
        CadencePaused x => Of(cadence, x.Cadence) with { State = CadenceState.Paused },
        CadenceResumed x => Of(cadence, x.Cadence) with { State = CadenceState.Published },
        CadenceArchived x => Of(cadence, x.Cadence) with { State = CadenceState.Archived },
        _ => cadence,
    };

    private static Cadence Of(Cadence? cadence, string slug) => cadence ?? Shipped(slug) ?? new(slug, CadenceState.Draft, null, null, []);

    private static RuleBrokenException NotPublished(Cadence cadence) =>
        new("not-published", $"The cadence is {JsonNaming.Kebab(cadence.State)}: publish a version first.");
}
