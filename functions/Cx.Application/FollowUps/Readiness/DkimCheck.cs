using System.Security.Cryptography;
using static Cx.Application.FollowUps.Readiness.ReadinessCheck;

namespace Cx.Application.FollowUps.Readiness;

/// <summary>The key that mail is signed with here, as it has to be published.</summary>
/// <param name="KeyType"><c>rsa</c> or <c>ed25519</c>.</param>
/// <param name="PublicKey">Base64, as <c>p=</c> has it.</param>
public sealed record PublishedKey(string Domain, string Selector, string KeyType, string PublicKey);

/// <summary>Whether receivers find the key that mail is signed with (DKIM, RFC 6376 and 8463), and whether it counts for the From domain.</summary>
internal sealed class DkimCheck(IDns dns)
{
    private const string Check = "dkim";

    // RFC 8301 §3.2
    private const int LeastBits = 1024;
    private const int GoodBits = 2048;

    /// <param name="signing">None: the relay signs, with a selector that is not known here.</param>
    public async Task<ReadinessCheck> Of(string domain, PublishedKey? signing, CancellationToken ct)
    {
        if (signing is null)
        {
            return Warn(
                Check, null, null, "Messages are not signed here, and what the relay signs cannot be seen from here.",
                $"See at the relay that it signs for {domain}, both List-Unsubscribe headers included; or sign here: Cx__Smtp__DkimDomain, Cx__Smtp__DkimSelector, Cx__Smtp__DkimPrivateKey.");
        }

        var name = $"{signing.Selector}._domainkey.{signing.Domain}";
        var answer = await dns.Txt(name, ct);
        var publish = $"Publish a TXT record at {name}: \"v=DKIM1; k={signing.KeyType}; p={signing.PublicKey}\".";
        return answer switch
        {
            { Outcome: DnsOutcome.Unavailable } => Unknown(Check, name, answer),
            { Records: [] } => Fail(Check, name, null, "Messages are signed with a key that receivers do not find, so the signature counts as broken.", publish),
            { Records: [var record] } => Judged(domain, signing, name, record, publish),
            _ => Fail(Check, name, string.Join(" / ", answer.Records), $"{name} has {answer.Records.Count} TXT records, and it is not defined which of them counts.", "Delete all but one."),
        };
    }

    private static ReadinessCheck Judged(string domain, PublishedKey signing, string name, string record, string publish)
    {
        if (TagList.Read(record) is not { } tags || tags.GetValueOrDefault("v", "DKIM1") != "DKIM1" || !tags.TryGetValue("p", out var key))
        {
            return Fail(Check, name, record, "The record is no DKIM key.", publish);
        }

        var published = string.Concat(key.Where(c => !char.IsWhiteSpace(c)));
        if (published.Length == 0)
        {
            return Fail(Check, name, record, "The key was withdrawn: its p= is empty.", publish);
        }

        if (tags.GetValueOrDefault("k", "rsa") != signing.KeyType || published != signing.PublicKey)
        {
            return Fail(Check, name, record, "The key in DNS is not the one that messages are signed with, so every signature is broken.", publish);
        }

        if (signing.KeyType == "rsa" && Bits(published) is var bits and < GoodBits)
        {
            return bits < LeastBits
                ? Fail(Check, name, record, $"The key has {bits} bits: receivers take no signature with fewer than {LeastBits}.", "Make a key of 2048 bits.")
                : Warn(Check, name, record, $"The key has {bits} bits.", "Make a key of 2048 bits, and publish it with another selector.");
        }

        return IsAligned(domain, signing.Domain)
            ? Pass(Check, name, record, $"Messages are signed for {signing.Domain}, and receivers find the key.")
            : Warn(Check, name, record, $"Messages are signed for {signing.Domain}, which is not the domain of the From address: for DMARC the signature does not count.", $"Sign for {domain} (Cx__Smtp__DkimDomain).");
    }

    // Relaxed alignment: one is the other, or stands above it.
    private static bool IsAligned(string from, string signed) =>
        from == signed || from.EndsWith($".{signed}", StringComparison.Ordinal) || signed.EndsWith($".{from}", StringComparison.Ordinal);

    private static int Bits(string key)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(key), out _);
            return rsa.KeySize;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return 0;
        }
    }
}
