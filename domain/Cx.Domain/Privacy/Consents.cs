using Cx.Domain.Touchpoints;

namespace Cx.Domain.Privacy;

/// <summary>What consent is given for. Transactional contact needs no consent and has no purpose here.</summary>
public enum Purpose { Marketing, Service }

/// <summary>The basis of a consent: given on request, or the soft opt-in of an address left with a sale.</summary>
public enum ConsentBasis { OptIn, SoftOptIn }

/// <summary>Consent on one channel for one purpose, as last known by the time it was given or withdrawn.</summary>
/// <param name="Given">Whether consent is given. A later statement replaces an earlier one; at the same instant withdrawal wins.</param>
/// <param name="At">When it was given or withdrawn.</param>
/// <param name="Source">Who reported it: a source's name, <c>api</c>, <c>unsubscribe</c>, <c>suppression</c>.</param>
public sealed record Consent(bool Given, ConsentBasis Basis, DateTimeOffset At, string Source);

/// <summary>A customer agreed to be contacted.</summary>
public sealed record ConsentGiven(
    Channel Channel, Purpose Purpose, ConsentBasis Basis, string Source, string? Wording, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A customer objected: forbids the purpose on the channel, whatever consent was given before.</summary>
public sealed record ConsentWithdrawn(Channel Channel, Purpose Purpose, string Source, DateTimeOffset OccurredAt) : ICustomerEvent;

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
    /// Whether a statement replaces a known one. A customer's own statement outranks the soft opt-in of a sale, whenever either was made. Of
    /// two of the same rank the later one holds, and at the same instant a withdrawal. The source only decides between equals, so that arrival
    /// does not matter.
    /// </summary>
    public static bool Replaces(Consent stated, Consent known)
    {
        var order = Rank(stated).CompareTo(Rank(known));
        return order > 0 || (order == 0 && string.CompareOrdinal(stated.Source, known.Source) < 0);
    }

    private static (bool IsOwn, DateTimeOffset At, bool IsWithdrawal, bool IsFirstHand) Rank(Consent consent) =>
        (!consent.Given || consent.Basis == ConsentBasis.OptIn, consent.At, !consent.Given, consent.Source != Suppression);
}
