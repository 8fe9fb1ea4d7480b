using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cx.Application.FollowUps.Email;

/// <summary>
/// A checked address (RFC 5321 §4.1.2): a dot-atom local part, Unicode allowed (RFC 6531), and a domain in ASCII, converted from IDN.
/// Quoted local parts and address literals are not taken: no shop's customer has one, and they are the classic way to smuggle syntax.
/// </summary>
internal sealed record MailAddressLine(string Local, string Domain)
{
    private const string AtomSymbols = "!#$%&'*+-/=?^_`{|}~";
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    public bool NeedsUtf8 => !System.Text.Ascii.IsValid(Local);

    public override string ToString() => $"{Local}@{Domain}";

    /// <exception cref="FormatException">It is no address that <see cref="TryParse"/> takes.</exception>
    public static MailAddressLine Parse(string value) => TryParse(value, out var address) ? address : throw new FormatException("An address is not valid.");

    public static bool TryParse(string? value, [NotNullWhen(true)] out MailAddressLine? address)
    {
        address = null;
        var at = value?.IndexOf('@', StringComparison.Ordinal) ?? -1;
        if (value is null || at < 1 || at != value.LastIndexOf('@')) return false;

        var local = value[..at];
        if (System.Text.Encoding.UTF8.GetByteCount(local) > 64 || !local.Split('.').All(IsAtom)) return false;

        try
        {
            var domain = Idn.GetAscii(value[(at + 1)..]);
            if (domain.Length > 253) return false;
            address = new(local, domain);
            return true;
        }
        catch (ArgumentException)
        {
            return false;                                       // empty or too long labels, characters no host name has
        }
    }

    private static bool IsAtom(string atom) => atom.Length > 0 && atom.All(c =>
        char.IsAscii(c) ? char.IsAsciiLetterOrDigit(c) || AtomSymbols.Contains(c, StringComparison.Ordinal)
            : !char.IsControl(c) && !char.IsWhiteSpace(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned));
}
