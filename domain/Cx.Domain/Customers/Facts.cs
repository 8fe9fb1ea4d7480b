using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>One order: where peak and end are looked for, and what most follow-ups are about. Facts may arrive in any order.</summary>
public sealed record Order
{
    public string? Number { get; init; }
    public DateTimeOffset? PlacedAt { get; init; }
    public DateTimeOffset? Revision { get; init; }
    public Money? Total { get; init; }
    public IReadOnlyList<OrderLine> Lines { get; init; } = [];

    /// <summary>The earliest promise that was made.</summary>
    public DateOnly? PromisedBy { get; init; }

    public DateTimeOffset? PaidAt { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public Canceller? CancelledBy { get; init; }
    public DateTimeOffset? RefundRequestedAt { get; init; }

    /// <summary>Parcels by the source's id; the empty id stands for the whole order.</summary>
    public ImmutableSortedDictionary<string, Parcel> Parcels { get; init; } = ImmutableSortedDictionary.Create<string, Parcel>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, Refund> Refunds { get; init; } = ImmutableSortedDictionary.Create<string, Refund>(StringComparer.Ordinal);

    /// <summary>When the first parcel left.</summary>
    public DateTimeOffset? ShippedAt() => Parcels.Values.Min(p => p.ShippedAt);

    /// <summary>When the last parcel arrived; none while a known parcel is on its way.</summary>
    public DateTimeOffset? DeliveredAt() =>
        Parcels.GetValueOrDefault("")?.DeliveredAt is { } whole ? Later(whole, Parcels.Values.Max(p => p.DeliveredAt))
        : Parcels.Any(p => p.Key.Length > 0) && Parcels.All(p => p.Key.Length == 0 || p.Value.DeliveredAt is not null) ? Parcels.Values.Max(p => p.DeliveredAt)
        : null;

    [JsonIgnore]
    public bool IsRefundedInFull => Refunds.Values.Any(r => r.Full);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset? b) => b > a ? b.Value : a;
}

public sealed record Parcel(DateTimeOffset? ShippedAt, DateTimeOffset? DeliveredAt);

public sealed record Refund(Money? Amount, bool Full, DateTimeOffset At);

public sealed record Checkout(DateTimeOffset StartedAt, OrderId? Order);

/// <summary>A thread with the instants at which the customer asked and the shop answered.</summary>
/// <param name="Channel">The channel of its earliest contact.</param>
/// <param name="Since">The instant of its earliest contact; none while only a missed answer is known.</param>
/// <param name="Others">Contacts that expect no answer.</param>
public sealed record Conversation(
    Channel Channel, DateTimeOffset? Since, OrderId? Order, ImmutableSortedDictionary<string, DateTimeOffset> Asked, ImmutableSortedDictionary<string, DateTimeOffset> Answered,
    ImmutableSortedDictionary<string, DateTimeOffset> Others, ImmutableSortedSet<DateTimeOffset> LeftUnanswered)
{
    private static readonly ImmutableSortedDictionary<string, DateTimeOffset> NoContacts = ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);

    public static Conversation New { get; } = new(Channel.Email, null, null, NoContacts, NoContacts, NoContacts, []);

    /// <summary>How each question was asked, by its contact: one thread may run over several channels.</summary>
    public ImmutableSortedDictionary<string, Question> Questions { get; init; } = ImmutableSortedDictionary.Create<string, Question>(StringComparer.Ordinal);

    /// <summary>How the question of an instant was asked; where that is not known, by the thread's own channel, for information.</summary>
    public Question QuestionAt(DateTimeOffset askedAt) =>
        Asked.Where(a => a.Value == askedAt).Select(a => Questions.GetValueOrDefault(a.Key)).FirstOrDefault() ?? new(Channel, Stage.Information);

    /// <summary>The questions, each with the answer it got: the first one at or after it; several questions before one answer count as the first of them.</summary>
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

/// <summary>Where a customer asked, and how far from a purchase.</summary>
public sealed record Question(Channel Channel, Stage Stage);

/// <summary>Something the shop owes an answer to; open while only the opening is known.</summary>
public sealed record Complaint(DateTimeOffset? OpenedAt, DateTimeOffset? ResolvedAt, Channel? Channel, OrderId? Order)
{
    public bool IsOpen(DateTimeOffset at) => OpenedAt <= at && (ResolvedAt is null || ResolvedAt > at);
}

/// <summary>What kind of statement an opinion is.</summary>
public enum OpinionKind { Csat, Nps, Ces, Stars, Mention }

/// <param name="Value">In the kind's own unit: 1-5, 0-10, 1-7, 1-5 stars, sentiment -1 to 1.</param>
/// <param name="Audience">Of a mention; else 0.</param>
public sealed record Opinion(OpinionKind Kind, double Value, long Audience, Channel Channel, Stage Stage, OrderId? Order, DateTimeOffset At);

public sealed record SpamReport(DateTimeOffset At, Channel Channel);
