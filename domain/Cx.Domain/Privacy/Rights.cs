using System.Text.Json.Serialization;
using Cx.Domain.Customers;

namespace Cx.Domain.Privacy;

/// <summary>
/// Processing of the customer's data was restricted (Regulation (EU) 2016/679, article 18): they are kept, nothing is sent, and nothing is shown but to
/// administrators.
/// </summary>
/// <param name="By">The id of the key by which it was asked for, never a person.</param>
public sealed record ProcessingRestricted(string By, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The restriction was lifted: what was held is decided by the usual rules.</summary>
/// <inheritdoc cref="ProcessingRestricted"/>
public sealed record RestrictionLifted(string By, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The customer objected to profiling (article 21): no score, no segments, no offers, and nothing is learned from what the customer buys.</summary>
/// <inheritdoc cref="ProcessingRestricted"/>
public sealed record ProfilingObjected(string By, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The objection to profiling was taken back.</summary>
/// <inheritdoc cref="ProcessingRestricted"/>
public sealed record ProfilingObjectionLifted(string By, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A right as last exercised or taken back.</summary>
/// <param name="At">When.</param>
public sealed record Right(bool Stands, DateTimeOffset At, string By);

/// <summary>Whether a customer may be scored; the names are part of the API.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProfilingState>))]
public enum ProfilingState
{
    [JsonStringEnumMemberName("scored")] Scored,

    /// <summary>The customer objected to profiling.</summary>
    [JsonStringEnumMemberName("objected")] Objected,

    /// <summary>Processing is restricted.</summary>
    [JsonStringEnumMemberName("restricted")] Restricted,
}

/// <summary>The rights of a customer besides consent and erasure.</summary>
public static class Rights
{
    /// <summary>Records that a right is exercised or taken back; nothing where it is so already.</summary>
    /// <param name="change">One of this file's events.</param>
    public static IReadOnlyList<ICustomerEvent> Decide(Customer customer, DecisionContext context, ICustomerEvent change) => change switch
    {
        ProcessingRestricted when customer.IsRestricted => [],
        RestrictionLifted when !customer.IsRestricted => [],
        ProfilingObjected when customer.ObjectsToProfiling => [],
        ProfilingObjectionLifted when !customer.ObjectsToProfiling => [],
        _ => Recording.Decide(customer, context, [change]),
    };

    public static ProfilingState ProfilingOf(Customer customer) =>
        customer.IsRestricted ? ProfilingState.Restricted
        : customer.ObjectsToProfiling ? ProfilingState.Objected
        : ProfilingState.Scored;

    /// <summary>The later of two statements; at the same instant that it stands.</summary>
    internal static Right Latest(Right? known, bool stands, DateTimeOffset at, string by)
    {
        var order = known is null ? 1 : (at, stands).CompareTo((known.At, known.Stands));
        return order > 0 || (order == 0 && string.CompareOrdinal(by, known!.By) > 0) ? new(stands, at, by) : known!;
    }
}
