using System.Globalization;
using Cx.Domain.Customers;
using PhoneNumbers;

namespace Cx.Application.Privacy;

/// <summary>
/// Reads a phone number as people write it, so that "333 1234567" and "+39 333 1234567" are one. What is not a valid number of any country keeps the
/// form it had before numbers were read by country: its digits alone.
/// </summary>
internal static class PhoneForms
{
    private const string NoRegion = "ZZ";

    private static readonly Lazy<PhoneNumberUtil> Util = new(() => PhoneNumberUtil.GetInstance());

    /// <summary>
    /// The normal form (E.164 where the number is valid), then the earlier spellings under which the same number may be stored; none when the text
    /// is no phone number.
    /// </summary>
    /// <param name="country">ISO 3166-1 alpha-2, of the address given with the number.</param>
    /// <param name="shopCountry">ISO 3166-1 alpha-2: where a number without an address is read.</param>
    public static IReadOnlyList<string> Of(string value, string? country, string? shopCountry)
    {
        var digits = Identifiers.Normalise(IdentifierKind.Phone, value);
        if ((Read(value, country ?? shopCountry) ?? (digits is ['+', ..] ? Read(digits, NoRegion) : null)) is not { } number)
        {
            return digits is null ? [] : [digits];
        }

        // Whoever gave the shop a number of its own country used to be stored under the digits of the national spelling.
        var national = shopCountry is not null && number.CountryCode == Util.Value.GetCountryCodeForRegion(shopCountry)
            ? Identifiers.Normalise(IdentifierKind.Phone, Util.Value.Format(number, PhoneNumberFormat.NATIONAL))
            : null;
        return [.. new[] { Util.Value.Format(number, PhoneNumberFormat.E164), digits, national }.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>
    /// The valid number that the text writes and nothing else. One with an extension or with words is not read: a switchboard's number is not one
    /// person's, and what is meant beside words is unknown.
    /// </summary>
    private static PhoneNumber? Read(string value, string? region)
    {
        // Numbers that are copied from a phone come wrapped in invisible marks of direction.
        var written = string.Concat(value.Where(c => char.GetUnicodeCategory(c) is not UnicodeCategory.Format)).Trim();
        if (!written.All(IsOfANumber))
        {
            return null;
        }

        try
        {
            var number = Util.Value.Parse(written, region ?? NoRegion);
            return Util.Value.IsValidNumber(number) ? number : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }

    private static bool IsOfANumber(char c) => char.IsDigit(c) || char.IsWhiteSpace(c) || char.GetUnicodeCategory(c) is UnicodeCategory.DashPunctuation
        || c is '+' or '\uFF0B' or '.' or '/' or '(' or ')' or '\u2212';
}
