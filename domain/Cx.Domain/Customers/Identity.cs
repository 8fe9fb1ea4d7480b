using System.Globalization;
using System.Text;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>The kinds of identifier, in order of precedence: the first that points at a customer decides. The numbers are stored.</summary>
public enum IdentifierKind { Order = 0, ShopCustomerId = 1, Email = 2, Phone = 3, Visitor = 4, Handle = 5, Conversation = 6 }

/// <summary>
/// Normalises identifiers, so that the same person is found again. Two values that might belong to two people never get the same normal
/// form; a value that cannot identify anybody has none.
/// </summary>
public static class Identifiers
{
    /// <summary>RFC 5321 §4.5.3.1: the longest local part and the longest address, in octets.</summary>
    private const int MaxLocal = 64, MaxAddress = 254;

    /// <summary>ITU-T E.164: the maximum of digits of an international number. Fewer than seven are an internal number.</summary>
    private const int MinDigits = 7, MaxDigits = 15;

    private const int MaxText = 500;

    /// <summary>The normal form of an identifier as it arrived, or null when it cannot identify anybody; never throws.</summary>
    public static string? Normalise(IdentifierKind kind, string? value) => kind switch
    {
        _ when string.IsNullOrWhiteSpace(value) || value.Contains('\0') || value.Length > MaxText => null,
        IdentifierKind.Email => Email(value.Trim()),
        IdentifierKind.Phone => Phone(value.Trim()),
        _ => value.Trim(),
    };

    /// <summary>
    /// Lower case, composed (NFC), the domain in its ASCII form (IDNA). Dots and tags in the local part stay: each provider has its own
    /// rules for them.
    /// </summary>
    private static string? Email(string value)
    {
        var at = value.IndexOf('@');
        if (at <= 0 || at != value.LastIndexOf('@')
            || Composed(value[..at].ToLowerInvariant()) is not { } local || Domain(value[(at + 1)..]) is not { } domain)
        {
            return null;
        }

        var plain = local[0] != '.' && local[^1] != '.' && !local.Contains("..", StringComparison.Ordinal)
            && local.All(c => !char.IsWhiteSpace(c) && !char.IsControl(c)
                && c is not ('<' or '>' or '(' or ')' or '[' or ']' or ',' or ';' or ':' or '\\' or '"' or '\uFFFD'));
        return plain && Encoding.UTF8.GetByteCount(local) <= MaxLocal && Encoding.UTF8.GetByteCount(local) + 1 + domain.Length <= MaxAddress
            ? $"{local}@{domain}"
            : null;
    }

    /// <summary>
    /// Digits, with a leading + when the number is international; 00 is read as +. A national number stays national: it equals only the same digits.
    /// The form of a number that is not valid in any known country, and the form in which all numbers used to be stored.
    /// </summary>
    private static string? Phone(string value)
    {
        var digits = new StringBuilder(value.Length);
        var written = value.StartsWith("(+", StringComparison.Ordinal) ? value[1..] : value;
        var international = written.StartsWith('+');
        foreach (var c in (international ? written[1..] : written).Replace("(0)", international ? "" : "0", StringComparison.Ordinal))
        {
            if (char.IsAsciiDigit(c))
                digits.Append(c);
            else if (!char.IsWhiteSpace(c) && c is not ('-' or '.' or '/' or '(' or ')' or '\u2010' or '\u2011' or '\u2013'))
                return null;
        }

        var number = digits.ToString();
        if (!international && number.StartsWith("00", StringComparison.Ordinal))
            (international, number) = (true, number[2..]);

        return number.Length is < MinDigits or > MaxDigits || (international && number[0] == '0') ? null
            : international ? $"+{number}"
            : number;
    }

    private static string? Domain(string value)
    {
        if (!value.Contains('.', StringComparison.Ordinal))
            return null;

        try
        {
            var composed = value.Normalize(NormalizationForm.FormC).ToLowerInvariant();
            var domain = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(composed).ToLowerInvariant();
            return domain.EndsWith('.') ? null : domain;
        }
        catch (ArgumentException)
        {
            return null; // not a domain name, or not text
        }
    }

    private static string? Composed(string value)
    {
        try
        {
            return value.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return null; // halves of surrogate pairs are not text
        }
    }
}

/// <summary>The customer's relation to the shop.</summary>
public enum Relation { Prospect, Buyer, Supplier, Collaborator, Investor, Partner }

/// <summary>Personal details of a customer were learned; only values that are new or different are set.</summary>
/// <param name="Language">BCP 47.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record CustomerDetailsLearned(
    Personal? Email, Personal? Phone, Personal? ShopCustomerId, Personal? Visitor, Personal? Handle, Personal? Name, Personal? FirstName,
    string? Language, string? TimeZone, string? Country, Relation? Relation, DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>Which of two statements of one instant is the later: of a copy on an order, which is dated by the order's creation, the order's revision.</summary>
    public DateTimeOffset? Revision { get; init; }

    /// <summary>What the shop calls the customer: keyed hashes, since a person may have typed the words. Empty: it calls them nothing; none: not said.</summary>
    public Labels? Tags { get; init; }

    /// <summary>The same words as they were written, parted by commas.</summary>
    public Personal? TagText { get; init; }

    public ICustomerEvent Sealed(Seal seal) => this with
    {
        Email = seal(Email),
        Phone = seal(Phone),
        ShopCustomerId = seal(ShopCustomerId),
        Visitor = seal(Visitor),
        Handle = seal(Handle),
        Name = seal(Name),
        FirstName = seal(FirstName),
        TagText = seal(TagText),
    };
}

/// <summary>The values that a customer's record may lose.</summary>
public enum DetailsField { Email, Phone, Name, FirstName }

/// <summary>The source's record of the customer has no such values: those learned before are the customer's no more.</summary>
public sealed record CustomerDetailsCleared(IReadOnlyList<DetailsField> Fields, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>
/// The identifiers of one delivery point at two customers: it was applied to the one of higher precedence; this records the other.
/// </summary>
/// <param name="By">The kind of identifier that points at the other.</param>
public sealed record IdentityConflictFound(CustomerId Other, IdentifierKind By, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>Two customers are the same person; in both streams. The older leads and receives what comes later.</summary>
public sealed record CustomersLinked(CustomerId Lead, CustomerId Member, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>Two linked customers are two persons after all.</summary>
public sealed record CustomersUnlinked(CustomerId Lead, CustomerId Member, DateTimeOffset OccurredAt) : ICustomerEvent;
