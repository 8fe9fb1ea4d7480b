using System.Text.Json.Serialization;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Privacy;

/// <summary>What consent is given for. Transactional contact needs no consent and has no purpose here.</summary>
public enum Purpose { Marketing, Service }

/// <summary>The basis of a consent.</summary>
public enum ConsentBasis
{
    /// <summary>Given on request.</summary>
    OptIn,

    /// <summary>The soft opt-in of an address left with a sale.</summary>
    SoftOptIn,

    /// <summary>Stated beside something else, as the flag on an order is: an opt-in where nobody objected, but it lifts no objection.</summary>
    Copied,
}

/// <summary>Consent on one channel for one purpose, as last known by the time it was given or withdrawn.</summary>
/// <param name="Given">Whether consent is given. A later statement replaces an earlier one; at the same instant withdrawal wins.</param>
/// <param name="At">When it was given or withdrawn, as stated.</param>
/// <param name="Source">Who reported it: a source's name, <c>api</c>, <c>unsubscribe</c>, <c>suppression</c>.</param>
public sealed record Consent(bool Given, ConsentBasis Basis, DateTimeOffset At, string Source)
{
    /// <summary>From when an objection counts, where that is not <see cref="At"/>.</summary>
    public DateTimeOffset? CountsFrom { get; init; }

    /// <summary>From when the person's own objection counts, where one that was taken over from an address has replaced it since.</summary>
    public DateTimeOffset? OwnSince { get; init; }

    /// <summary>From when the person's own objection counts; none where they have none.</summary>
    [JsonIgnore]
    public DateTimeOffset? ObjectedSince => Given ? null : Source == Consents.Suppression ? OwnSince : Since;

    /// <summary>The instant that decides which of two statements is the later.</summary>
    [JsonIgnore]
    public DateTimeOffset Since => CountsFrom ?? At;
}

/// <summary>A customer agreed to be contacted.</summary>
/// <param name="Wording">What the customer agreed to, as it was put.</param>
public sealed record ConsentGiven(
    Channel Channel, Purpose Purpose, ConsentBasis Basis, string Source, Personal? Wording, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Wording = seal(Wording) };
}

/// <summary>As it was stored first: the wording in the clear.</summary>
public sealed record ConsentGivenV1(Channel Channel, Purpose Purpose, ConsentBasis Basis, string Source, string? Wording, DateTimeOffset OccurredAt)
{
    public ConsentGiven Upcast() => new(Channel, Purpose, Basis, Source, Personal.Clear(Wording), OccurredAt);
}

/// <summary>A customer objected: forbids the purpose on the channel, whatever consent was given before.</summary>
public sealed record ConsentWithdrawn(Channel Channel, Purpose Purpose, string Source, DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>
    /// From when it counts against consents: from its arrival, however it was dated; a copy of an earlier statement from that one's own instant. None: from
    /// <see cref="OccurredAt"/>.
    /// </summary>
    public DateTimeOffset? CountsFrom { get; init; }
}

/// <summary>The customer asked for the data held about them; a person answers with the export.</summary>
public sealed record DataRequested(string Source, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The customer's key was destroyed: the personal values of earlier events can no longer be read.</summary>
public sealed record CustomerErased(string Requester, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The key of a consent in a customer's state.</summary>
public static class ConsentKey
{
    public static string Of(Channel channel, Purpose purpose) => $"{channel}/{purpose}";
}

/// <summary>The rules of a customer's consents.</summary>
public static class Consents
{
    /// <summary>The source of an objection that the customer's address made before, under another customer.</summary>
    public const string Suppression = "suppression";

    /// <summary>
    /// Whether a statement replaces a known one. A customer's own statement outranks a copied one, and that the soft opt-in of a sale, whenever any was
    /// made. Of two of the same rank the later one holds, and at the same instant a withdrawal. The source only decides between equals, so that arrival
    /// does not matter.
    /// </summary>
    public static bool Replaces(Consent stated, Consent known)
    {
        var order = Rank(stated).CompareTo(Rank(known));
        return order > 0 || (order == 0 && string.CompareOrdinal(stated.Source, known.Source) < 0);
    }

    /// <summary>The later of two statements. An objection that was taken over from an address does not forget the person's own, which also bars addresses learned later.</summary>
    public static Consent Latest(Consent stated, Consent? known)
    {
        var (later, earlier) = known is null ? (stated, null) : Replaces(stated, known) ? (stated, known) : (known, stated);
        return later is { Given: false, Source: Suppression } && earlier?.ObjectedSince is { } own && !(later.OwnSince >= own) ? later with { OwnSince = own } : later;
    }

    /// <summary>
    /// A statement as it is recorded: a consent counts from no later than its arrival, and an objection from its arrival, unless it is a copy of an earlier
    /// one.
    /// </summary>
    /// <param name="known">The consent on that channel for that purpose.</param>
    /// <param name="at">The instant of its arrival.</param>
    public static ICustomerEvent Dated(ICustomerEvent statement, Consent? known, DateTimeOffset at) => statement switch
    {
        ConsentGiven x when x.OccurredAt > at => x with { OccurredAt = at },
        // A consent recorded with a date ahead of its arrival stays behind too.
        ConsentWithdrawn { CountsFrom: null } x => x with { CountsFrom = known is { Given: true } && known.At > at ? known.At : at },
        _ => statement,
    };

    private static (int Weight, DateTimeOffset Since, bool IsWithdrawal, bool IsFirstHand, DateTimeOffset At) Rank(Consent consent)
    {
        var weight = !consent.Given || consent.Basis == ConsentBasis.OptIn ? 2 : consent.Basis == ConsentBasis.Copied ? 1 : 0;
        return (weight, consent.Since, !consent.Given, consent.Source != Suppression, consent.At);
    }
}
