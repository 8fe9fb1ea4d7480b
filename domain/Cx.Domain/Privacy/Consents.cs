using Cx.Domain.Touchpoints;

namespace Cx.Domain.Privacy;

/// <summary>What a customer may be written to about. Transactional contact needs no consent and has no purpose here.</summary>
public enum Purpose { Marketing, Service }

/// <summary>How consent came about: asked and given, or the soft opt-in of an address left with a sale.</summary>
public enum ConsentBasis { OptIn, SoftOptIn }

/// <summary>Consent on one channel for one purpose, as last known by the time it was given or withdrawn.</summary>
/// <param name="Given">Whether it stands. A later statement replaces an earlier one; at the same instant withdrawal wins.</param>
/// <param name="At">When it was given or withdrawn.</param>
/// <param name="Source">Who told us: a source's name, <c>api</c>, <c>unsubscribe</c>, <c>suppression</c>.</param>
public sealed record Consent(bool Given, ConsentBasis Basis, DateTimeOffset At, string Source);

/// <summary>A customer agreed to be contacted.</summary>
public sealed record ConsentGiven(Channel Channel, Purpose Purpose, ConsentBasis Basis, string Source, string? Wording, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A customer objected; bars the purpose on the channel whatever consent was given before.</summary>
public sealed record ConsentWithdrawn(Channel Channel, Purpose Purpose, string Source, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The customer asked for all that is held about them; a person answers with the export.</summary>
public sealed record DataRequested(string Source, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The customer's key was destroyed: nothing personal of earlier events can be read any more.</summary>
public sealed record CustomerErased(string Requester, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The key of a consent in a customer's state.</summary>
public static class ConsentKey
{
    public static string Of(Channel channel, Purpose purpose) => $"{channel}/{purpose}";
}

/// <summary>Which of two statements about consent holds.</summary>
public static class Consents
{
    /// <summary>The source of an objection that an address brought along.</summary>
    public const string Suppression = "suppression";

    /// <summary>
    /// What a customer said outranks the soft opt-in of a sale, whenever either was. Of two alike the later one holds, and at the same instant
    /// a withdrawal. Who said it only decides between equals, so that arrival does not.
    /// </summary>
    public static bool Replaces(Consent said, Consent known)
    {
        var order = Rank(said).CompareTo(Rank(known));
        return order > 0 || (order == 0 && string.CompareOrdinal(said.Source, known.Source) < 0);
    }

    private static (bool IsSaid, DateTimeOffset At, bool IsWithdrawal, bool IsFirstHand) Rank(Consent consent) =>
        (!consent.Given || consent.Basis == ConsentBasis.OptIn, consent.At, !consent.Given, consent.Source != Suppression);
}
