using System.Text.Json.Serialization;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>
/// What protects a customer from too many messages, and says who is asked for a review: the document that is validated, published as an immutable version,
/// and in force for every cadence of the shop. What a document leaves out has its default.
/// </summary>
public sealed record ContactPolicy
{
    /// <summary>The longest rolling window of a cap, and of any other limit in days.</summary>
    public const int MostDays = 366;

    public static ContactPolicy Default { get; } = new();

    /// <summary>Counts from 1; given at publishing. 0: none was published, and the shop's settings say what holds.</summary>
    public int Version { get; init; }

    /// <summary>How many messages may go out in a rolling window; default 5 marketing e-mails in 30 days. All that cover a step hold it.</summary>
    public IReadOnlyList<ContactCap> Caps { get; init; } = [new(5, TimeSpan.FromDays(30), Channel.Email, Category.Marketing)];

    /// <summary>The least time between two messages; default 16 h between marketing e-mails. All that cover a step hold it.</summary>
    public IReadOnlyList<ContactSpacing> Spacing { get; init; } = [new(TimeSpan.FromHours(16), Channel.Email, Category.Marketing)];

    /// <summary>The recipient's local hours without messages that are not transactional; default 21:00-08:00. The same time twice: none.</summary>
    public LocalWindow QuietHours { get; init; } = new(new(21, 0), new(8, 0));

    /// <summary>Which steps go first when several are due, before the priorities of their cadences; default none.</summary>
    public IReadOnlyList<ContactPriority> Priorities { get; init; } = [];

    /// <summary>An open complaint holds marketing no longer than so many days; default 30, from 0 to 366.</summary>
    public int ComplaintHoldDays { get; init; } = 30;

    /// <summary>A step held longer than so many days is skipped; default 7, from 0 to 366.</summary>
    public int MaxHoldDays { get; init; } = 7;

    /// <summary>
    /// Over how many hours is spread what a pause or an outage held, or over the length of that, if it is shorter; default 4, from 0 to 24. Ours: an afternoon
    /// is soon enough after a pause, and no burst for a relay.
    /// </summary>
    public int SpreadHours { get; init; } = 4;

    /// <summary>Who is asked for a review, about what, and when.</summary>
    public ReviewPolicy Reviews { get; init; } = new();

    /// <summary>The policy of a shop that has published none: what its settings say, with the defaults for the rest.</summary>
    /// <param name="settings">None: nothing was set.</param>
    public static ContactPolicy Of(PolicySettings? settings) => settings is null ? Default : Default with
    {
        Caps = [new(settings.MarketingCap, TimeSpan.FromDays(settings.CapDays), Channel.Email, Category.Marketing)],
        Spacing = [new(settings.MarketingSpacing, Channel.Email, Category.Marketing)],
        QuietHours = new(settings.QuietFrom, settings.QuietTo),
        ComplaintHoldDays = settings.ComplaintHoldDays,
        MaxHoldDays = settings.MaxHoldDays,
    };

    /// <summary>The place of a step among those that are due at once: that of the first priority that names it; the last where none does.</summary>
    internal int RankOf(string cadence, Category? category)
    {
        var rank = 0;
        while (rank < Priorities.Count && !Priorities[rank].Names(cadence, category))
            rank++;
        return rank;
    }
}

/// <summary>The messages that a cap or a spacing is about; transactional messages are never among them.</summary>
internal static class ContactScope
{
    internal static bool Covers(Channel? channel, Category? category, Channel? ofStep, Category? ofCategory) =>
        ofCategory is Category.Marketing or Category.Service && (channel is null || channel == ofStep) && (category is null || category == ofCategory);

    /// <summary>In words: <c>marketing, email</c>.</summary>
    internal static string Text(Channel? channel, Category? category) =>
        $"{(category is { } c ? JsonNaming.Kebab(c) : "marketing and service")}, {(channel is { } by ? JsonNaming.Kebab(by) : "all channels")}";
}

/// <summary>At most so many messages in a rolling window, over all cadences.</summary>
/// <param name="Most">From 0 to 1000, the next one included.</param>
/// <param name="Within">The window's length, hours passing by the clock; from PT1H to P366D.</param>
/// <param name="Channel">None: all channels together.</param>
/// <param name="Category">Marketing or service; none: both together.</param>
public sealed record ContactCap(
    int Most, TimeSpan Within,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Channel? Channel = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Category? Category = null)
{
    internal bool Covers(Channel? channel, Category? category) => ContactScope.Covers(Channel, Category, channel, category);
}

/// <summary>The least time between two messages, over all cadences.</summary>
/// <param name="Least">From PT0S to P366D.</param>
/// <param name="Channel">None: all channels together.</param>
/// <param name="Category">Marketing or service; none: both together.</param>
public sealed record ContactSpacing(
    TimeSpan Least,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Channel? Channel = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Category? Category = null)
{
    internal bool Covers(Channel? channel, Category? category) => ContactScope.Covers(Channel, Category, channel, category);
}

/// <summary>Steps that go before those of later priorities: of a cadence, of a category, or of both.</summary>
/// <param name="Cadence">A slug; none: every cadence.</param>
/// <param name="Category">None: every category.</param>
public sealed record ContactPriority(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cadence = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Category? Category = null)
{
    internal bool Names(string cadence, Category? category) => (Cadence is null || Cadence == cadence) && (Category is null || Category == category);
}
