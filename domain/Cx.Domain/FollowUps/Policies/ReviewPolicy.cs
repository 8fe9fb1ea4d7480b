using System.Text.Json.Serialization;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Who is asked for a review, about what, and when.</summary>
public sealed record ReviewPolicy
{
    /// <summary>The least days between two requests to one person; default 7, from 0 to 90.</summary>
    public int SpacingDays { get; init; } = 7;

    /// <summary>One person is asked about the same product at most once in so many days; default 365, from 0 to 366; 0: always.</summary>
    public int ProductDays { get; init; } = 365;

    /// <summary>About how many products one request asks at most, the dearest first; default all, from 1 to 50.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ItemsPerRequest { get; init; }

    /// <summary>Nothing is asked about an order of less, where its total is known and in that currency; default none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? MinimumValue { get; init; }

    public ReviewExclusions Exclude { get; init; } = new();

    /// <summary>Waits that are longer than the cadence's own; the longest that applies counts.</summary>
    public IReadOnlyList<ReviewDelay> Delays { get; init; } = [];
}

/// <summary>What no review is asked about. What is not known of an order excludes nothing.</summary>
public sealed record ReviewExclusions
{
    /// <summary>The shop's ids of products.</summary>
    public IReadOnlyList<string> Products { get; init; } = [];

    /// <summary>Compared without regard to case, as tags are.</summary>
    public IReadOnlyList<string> Collections { get; init; } = [];

    /// <summary>An order with one of these tags is not asked about. They are compared by their keyed hashes: <see cref="ExcludedTags"/>.</summary>
    public IReadOnlyList<string> OrderTags { get; init; } = [];

    /// <summary>A customer with one of these tags is not asked.</summary>
    public IReadOnlyList<string> CustomerTags { get; init; } = [];

    /// <summary>Sales channels in the source's words, such as <c>pos</c>.</summary>
    public IReadOnlyList<string> SalesChannels { get; init; } = [];

    /// <summary>Whether orders that renew a subscription are left out.</summary>
    public bool Renewals { get; init; }

    /// <summary>Whether digital goods are left out. Gift cards always are.</summary>
    public bool DigitalGoods { get; init; }
}

/// <summary>A request waits at least so many days after what its step counts from.</summary>
/// <param name="Days">Calendar days in the recipient's zone; from 1 to 366.</param>
/// <param name="Country">Of the order's address, else of the customer, ISO 3166-1 alpha-2; none: every country.</param>
/// <param name="Products">For orders with one of these; none: all orders.</param>
public sealed record ReviewDelay(
    int Days,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Country = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Products = null);

/// <summary>The tags of a policy as they are compared with those of orders and customers: keyed hashes, made as it is published.</summary>
public sealed record ExcludedTags(Labels Order, Labels Customer)
{
    public static ExcludedTags None { get; } = new(Labels.None, Labels.None);
}
