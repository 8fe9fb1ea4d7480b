using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>
/// The state of one customer: the fold of the customer's stream, stored with it. It holds facts, never scores, and does not depend on the
/// order in which facts arrived. In a transaction its maps hold only the items that the decision may need (<see cref="CustomerState"/>); what
/// a decision has to know of all items is counted here.
/// </summary>
public sealed record Customer
{
    /// <summary>Raised when the fold changes, so that stored states are rebuilt.</summary>
    public const int FoldVersion = 20;

    public required CustomerId Id { get; init; }

    /// <summary>The stream's version that this state includes; 0 before the first event.</summary>
    public long Version { get; init; }

    /// <summary>The latest recorded instant of the stream.</summary>
    public DateTimeOffset RecordedAt { get; init; }

    /// <summary>Of visits only the first and the last instant are kept.</summary>
    public DateTimeOffset? FirstVisitAt { get; init; }

    public DateTimeOffset? LastVisitAt { get; init; }

    /// <summary>The earliest instant of contact in the state, whenever it was reported.</summary>
    [JsonIgnore]
    public DateTimeOffset? FirstContactAt => ContactInstants().Min();

    /// <summary>The latest instant of contact in the state.</summary>
    [JsonIgnore]
    public DateTimeOffset? LastContactAt => ContactInstants().Max();

    public Details Details { get; init; } = new();

    public Relation Relation { get; init; } = Relation.Prospect;

    /// <summary>Ids of the customers found to be the same person; this one leads.</summary>
    public ImmutableSortedSet<CustomerId> Members { get; init; } = [];

    /// <summary>Whether it is linked, or once was: then streams of others hold events of its own.</summary>
    public bool WasLinked { get; init; }

    /// <summary>Its own id and those of its members.</summary>
    [JsonIgnore]
    public IEnumerable<CustomerId> Ids => [Id, .. Members];

    public ImmutableSortedSet<CustomerId> ConflictsWith { get; init; } = [];

    public ImmutableSortedDictionary<string, Consent> Consents { get; init; } = Map<string, Consent>();

    public ImmutableSortedDictionary<OrderId, Order> Orders { get; init; } = Map<OrderId, Order>();

    public ImmutableSortedDictionary<string, Checkout> Checkouts { get; init; } = Map<string, Checkout>();

    public ImmutableSortedDictionary<ConversationId, Conversation> Conversations { get; init; } = Map<ConversationId, Conversation>();

    public ImmutableSortedDictionary<ComplaintId, Complaint> Complaints { get; init; } = Map<ComplaintId, Complaint>();

    /// <summary>Ratings and reviews by their id, the latest statement of each.</summary>
    public ImmutableSortedDictionary<string, Opinion> Opinions { get; init; } = Map<string, Opinion>();

    public ImmutableSortedDictionary<string, DateTimeOffset> Referrals { get; init; } = Map<string, DateTimeOffset>();

    public ImmutableSortedDictionary<string, SpamReport> SpamReports { get; init; } = Map<string, SpamReport>();

    public ImmutableSortedDictionary<FollowUpId, FollowUp> FollowUps { get; init; } = Map<FollowUpId, FollowUp>();

    public ImmutableSortedDictionary<MessageId, Message> Messages { get; init; } = Map<MessageId, Message>();

    /// <summary>How many orders of the customer the shop took.</summary>
    public int OrdersTaken { get; init; }

    /// <summary>Whether the shop took an order of the customer.</summary>
    [JsonIgnore]
    public bool HasBought => OrdersTaken > 0;

    /// <summary>When the customer made the purchases that it keeps, in seconds and in their order; nothing of a customer with very many orders.</summary>
    public ImmutableArray<long> Purchases { get; init; } = [];

    /// <summary>The last purchase that none followed in time; none: nothing is known to be overdue, or to have been.</summary>
    public Silent? Silent { get; init; }

    /// <summary>How many complaints are opened and not resolved.</summary>
    public int OpenComplaints { get; init; }

    /// <summary>The marketing and service messages that count for spacing and caps: those of the longest window of a cap, and the last two.</summary>
    public ImmutableSortedDictionary<MessageId, CountedMessage> CountedMessages { get; init; } = Map<MessageId, CountedMessage>();

    /// <summary>The requests for reviews of the longest time after which somebody is asked about the same product again, and the last two.</summary>
    public ImmutableSortedDictionary<MessageId, ReviewRequest> ReviewRequests { get; init; } = Map<MessageId, ReviewRequest>();

    /// <summary>When a follow-up of each cadence last began, by its slug: what its re-entry rule asks.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> LastBegan { get; init; } = Map<string, DateTimeOffset>();

    /// <summary>The restriction of processing, as last set or lifted.</summary>
    public Right? Restriction { get; init; }

    /// <summary>The objection to profiling, as last made or taken back.</summary>
    public Right? ProfilingObjection { get; init; }

    /// <summary>Whether nothing is sent, and nothing shown but to administrators.</summary>
    [JsonIgnore]
    public bool IsRestricted => Restriction is { Stands: true };

    /// <summary>Whether the customer is neither scored nor made offers.</summary>
    [JsonIgnore]
    public bool ObjectsToProfiling => ProfilingObjection is { Stands: true };

    /// <summary>The addresses that refused mail for good, as they are sealed, each with when it did.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> RefusedAddresses { get; init; } = Map<string, DateTimeOffset>();

    public DateTimeOffset? ErasedAt { get; init; }

    [JsonIgnore]
    public bool IsErased => ErasedAt is not null;

    private IEnumerable<DateTimeOffset?> ContactInstants() =>
    [
        FirstVisitAt,
        LastVisitAt,
        .. Orders.Values.SelectMany(o => o.Instants()),
        .. Checkouts.Values.Select(c => (DateTimeOffset?)c.StartedAt),
        .. Conversations.Values.SelectMany(c => c.Asked.Values.Concat(c.Answered.Values).Concat(c.Others.Values))
            .Select(at => (DateTimeOffset?)at),
        .. Complaints.Values.SelectMany(c => new[] { c.OpenedAt, c.ResolvedAt }),
        .. Opinions.Values.Select(o => (DateTimeOffset?)o.At),
        .. Consents.Values.Select(c => (DateTimeOffset?)c.At),
        .. Referrals.Values.Select(at => (DateTimeOffset?)at),
        .. SpamReports.Values.Select(r => (DateTimeOffset?)r.At),
    ];

    private static ImmutableSortedDictionary<TKey, TValue> Map<TKey, TValue>() where TKey : notnull =>
        typeof(TKey) == typeof(string)
            ? (ImmutableSortedDictionary<TKey, TValue>)(object)ImmutableSortedDictionary.Create<string, TValue>(StringComparer.Ordinal)
            : ImmutableSortedDictionary<TKey, TValue>.Empty;
}

/// <summary>The name of a customer's stream in the tenant of its shop: <c>customer-&lt;id&gt;</c>.</summary>
public static class CustomerStream
{
    private const string Prefix = "customer-";

    public static string Of(CustomerId id) => Prefix + id.Value;

    public static CustomerId? Customer(string stream) =>
        stream.StartsWith(Prefix, StringComparison.Ordinal) ? new(stream[Prefix.Length..]) : null;
}

/// <summary>A customer's personal details, sealed; each value as last learned.</summary>
public sealed record Details
{
    public Personal? Email { get; init; }
    public Personal? Phone { get; init; }
    public Personal? ShopCustomerId { get; init; }
    public Personal? Visitor { get; init; }
    public Personal? Handle { get; init; }
    public Personal? Name { get; init; }
    public Personal? FirstName { get; init; }
    public string? Language { get; init; }
    public string? TimeZone { get; init; }
    public string? Country { get; init; }

    /// <inheritdoc cref="CustomerDetailsLearned.Tags"/>
    public Labels? Tags { get; init; }

    /// <inheritdoc cref="CustomerDetailsLearned.TagText"/>
    public Personal? TagText { get; init; }

    /// <summary>When each value was stated, by the source's clock: the latest statement wins, whenever it arrived.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> LearnedAt { get; init; } =
        ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);

    /// <summary>The revision of what stated a value, where that has one.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> RevisedAt { get; init; } =
        ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);

    /// <summary>When the customer's record last had no value, by the source's clock: an earlier statement does not bring one back.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> ClearedAt { get; init; } =
        ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);
}

public sealed record Checkout(DateTimeOffset StartedAt, OrderId? Order);

/// <summary>A conversation with the instants at which the customer asked and the shop answered.</summary>
/// <param name="Channel">The channel of its earliest contact.</param>
/// <param name="Since">The instant of its earliest contact; null while only a missed answer is known.</param>
/// <param name="Others">Contacts that expect no answer.</param>
public sealed record Conversation(
    Channel Channel, DateTimeOffset? Since, OrderId? Order,
    ImmutableSortedDictionary<string, DateTimeOffset> Asked, ImmutableSortedDictionary<string, DateTimeOffset> Answered,
    ImmutableSortedDictionary<string, DateTimeOffset> Others, ImmutableSortedSet<DateTimeOffset> LeftUnanswered)
{
    private static readonly ImmutableSortedDictionary<string, DateTimeOffset> NoContacts =
        ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);

    /// <summary>Its id as the caller gave it.</summary>
    public Personal? Reference { get; init; }

    public static Conversation New { get; } = new(Channel.Email, null, null, NoContacts, NoContacts, NoContacts, []);

    /// <summary>How each question was asked, by its contact: one conversation may use several channels.</summary>
    public ImmutableSortedDictionary<string, Question> Questions { get; init; } =
        ImmutableSortedDictionary.Create<string, Question>(StringComparer.Ordinal);

    /// <summary>How the question of an instant was asked; where that is not known, on the conversation's channel, for information.</summary>
    public Question QuestionAt(DateTimeOffset askedAt) =>
        Asked.Where(a => a.Value == askedAt).Select(a => Questions.GetValueOrDefault(a.Key)).FirstOrDefault()
        ?? new(Channel, Stage.Information);

    /// <summary>The latest answer.</summary>
    internal (string Contact, DateTimeOffset At)? LatestAnswer() => Latest(Answered);

    /// <summary>The first question that no answer follows; none when the shop owes no answer.</summary>
    internal (string Contact, DateTimeOffset At)? PendingSince()
    {
        var answered = LatestAnswer()?.At;
        (string Contact, DateTimeOffset At)? first = null;
        foreach (var (contact, at) in Asked)
        {
            if (!(at <= answered) && !(first?.At <= at))
                first = (contact, at);
        }

        return first;
    }

    internal static (string Contact, DateTimeOffset At)? Latest(ImmutableSortedDictionary<string, DateTimeOffset> contacts)
    {
        (string Contact, DateTimeOffset At)? latest = null;
        foreach (var (contact, at) in contacts)
        {
            if (!(latest?.At > at))
                latest = (contact, at);
        }

        return latest;
    }

    internal Conversation WithoutContacts() => this with
    {
        Asked = NoContacts,
        Answered = NoContacts,
        Others = NoContacts,
        LeftUnanswered = New.LeftUnanswered,
        Questions = New.Questions,
    };

    /// <summary>
    /// The questions, each with its answer: the first one at or after it. Several questions before one answer count as one, asked at the
    /// first.
    /// </summary>
    public IEnumerable<(DateTimeOffset AskedAt, DateTimeOffset? AnsweredAt)> Exchanges()
    {
        var answers = Answered.Values.Order().ToList();
        DateTimeOffset? until = null;
        foreach (var asked in Asked.Values.Order())
        {
            if (until is { } covered && asked <= covered)
            {
                continue;
            }

            var next = answers.FindIndex(a => a >= asked);
            until = next < 0 ? DateTimeOffset.MaxValue : answers[next];
            yield return (asked, next < 0 ? null : answers[next]);
        }
    }
}

/// <summary>The channel and stage of a question.</summary>
public sealed record Question(Channel Channel, Stage Stage);

/// <summary>Something the shop owes an answer to; open while only the opening is known.</summary>
public sealed record Complaint(DateTimeOffset? OpenedAt, DateTimeOffset? ResolvedAt, Channel? Channel, OrderId? Order)
{
    /// <summary>Its id as the caller gave it.</summary>
    public Personal? Reference { get; init; }

    /// <summary>Whether it was opened and nothing is known of its resolution.</summary>
    [JsonIgnore]
    public bool IsUnresolved => OpenedAt is not null && ResolvedAt is null;

    public bool IsOpen(DateTimeOffset at) => OpenedAt <= at && (ResolvedAt is null || ResolvedAt > at);
}
