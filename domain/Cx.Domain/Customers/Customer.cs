using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;

namespace Cx.Domain.Customers;

/// <summary>
/// All that is known of one customer: the fold of the customer's stream, kept beside it as the inline view. It holds facts, never
/// scores, and does not depend on the order in which facts arrived.
/// </summary>
public sealed record Customer
{
    /// <summary>Raised when the fold changes, so that stored states are folded anew.</summary>
    public const int FoldVersion = 1;

    public required CustomerId Id { get; init; }

    /// <summary>The version of the stream this state has seen; 0 before the first event.</summary>
    public long Version { get; init; }

    /// <summary>The latest recorded instant of the stream.</summary>
    public DateTimeOffset RecordedAt { get; init; }

    /// <summary>Visits leave only the first and the last instant.</summary>
    public DateTimeOffset? FirstVisitAt { get; init; }

    public DateTimeOffset? LastVisitAt { get; init; }

    /// <summary>The earliest instant at which customer and shop dealt with each other; read off the facts, so that arrival does not matter.</summary>
    [JsonIgnore]
    public DateTimeOffset? FirstContactAt => ContactInstants.Of(this).Min();

    /// <summary>The latest such instant.</summary>
    [JsonIgnore]
    public DateTimeOffset? LastContactAt => ContactInstants.Of(this).Max();

    public Details Details { get; init; } = new();

    public Relation Relation { get; init; } = Relation.Prospect;

    /// <summary>Ids of the customers found to be the same person; this one leads.</summary>
    public ImmutableSortedSet<CustomerId> Members { get; init; } = [];

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

    public DateTimeOffset? ErasedAt { get; init; }

    [JsonIgnore]
    public bool IsErased => ErasedAt is not null;

    [JsonIgnore]
    public bool IsNew => Version == 0;

    private static ImmutableSortedDictionary<TKey, TValue> Map<TKey, TValue>() where TKey : notnull =>
        typeof(TKey) == typeof(string)
            ? (ImmutableSortedDictionary<TKey, TValue>)(object)ImmutableSortedDictionary.Create<string, TValue>(StringComparer.Ordinal)
            : ImmutableSortedDictionary<TKey, TValue>.Empty;
}

/// <summary>Who a customer is, sealed; each value as last learned.</summary>
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

    /// <summary>When each value was said, by the source's clock: the latest saying wins, whenever it arrived.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> LearnedAt { get; init; } = ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);
}
