using System.Globalization;
using System.Text;

namespace Cx.Domain.Customers;

/// <summary>
/// One spelling for each identifier, so that the same person is found again. Two identifiers that might belong to two people are never
/// given the same spelling; what cannot identify anybody has none.
/// </summary>
public static class Identifiers
{
    /// <summary>RFC 5321 §4.5.3.1: the longest local part and the longest address, in octets.</summary>
    private const int LocalLimit = 64, AddressLimit = 254;

    /// <summary>ITU-T E.164: the most digits of an international number; fewer than seven reach nobody from outside.</summary>
    private const int FewestDigits = 7, MostDigits = 15;

    private const int TextLimit = 500;

    /// <summary>The normal form of an identifier as it arrived, or none when it cannot identify anybody; never an error.</summary>
    public static string? Normalise(IdentifierKind kind, string? value) => kind switch
    {
        _ when string.IsNullOrWhiteSpace(value) || value.Contains('\0') || value.Length > TextLimit => null,
        IdentifierKind.Email => Email(value.Trim()),
        IdentifierKind.Phone => Phone(value.Trim()),
        _ => value.Trim(),
    };

    /// <summary>Lower case, composed (NFC), the domain in its ASCII form (IDNA). Dots and tags in the local part stay: who owns them is the provider's rule.</summary>
    private static string? Email(string value)
    {
        var at = value.IndexOf('@');
        if (at <= 0 || at != value.LastIndexOf('@') || Composed(value[..at].ToLowerInvariant()) is not { } local || Domain(value[(at + 1)..]) is not { } domain)
            return null;

        var plain = local[0] != '.' && local[^1] != '.' && !local.Contains("..", StringComparison.Ordinal)
            && local.All(c => !char.IsWhiteSpace(c) && !char.IsControl(c) && c is not ('<' or '>' or '(' or ')' or '[' or ']' or ',' or ';' or ':' or '\\' or '"' or '\uFFFD'));
        return plain && Encoding.UTF8.GetByteCount(local) <= LocalLimit && Encoding.UTF8.GetByteCount(local) + 1 + domain.Length <= AddressLimit ? $"{local}@{domain}" : null;
    }

    /// <summary>
    /// Digits, with a leading + when the number is international; 00 is read as +. A national number stays one, since the country it
    /// belongs to is not known: it equals only the same digits.
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

        return number.Length is < FewestDigits or > MostDigits || (international && number[0] == '0') ? null : international ? $"+{number}" : number;
    }

    private static string? Domain(string value)
    {
        if (!value.Contains('.', StringComparison.Ordinal))
            return null;

        try
        {
            var domain = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(value.Normalize(NormalizationForm.FormC).ToLowerInvariant()).ToLowerInvariant();
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
