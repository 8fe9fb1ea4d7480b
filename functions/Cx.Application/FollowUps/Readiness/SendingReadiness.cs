using System.Globalization;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using static Cx.Application.FollowUps.Readiness.ReadinessCheck;

namespace Cx.Application.FollowUps.Readiness;

/// <summary>Finds out whether receivers will take what is sent: who sends it, and what DNS says of the domain that it is sent from.</summary>
/// <param name="signing">How messages are signed here; none: the relay signs, if anybody does.</param>
public sealed class SendingReadiness(IDns dns, MessageOptions options, PublishedKey? signing)
{
    // Names that no public name server knows (RFC 6761, RFC 6762, RFC 8375).
    private static readonly string[] Reserved = ["localhost", "test", "example", "invalid", "local", "internal", "home.arpa"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The domain of the From address, in ASCII; none where it has none.</summary>
    public string? FromDomain => MailAddressLine.TryParse(options.FromAddress, out var address) ? Ascii(address.Domain) : null;

    public async Task<IReadOnlyList<ReadinessCheck>> Check(CancellationToken ct)
    {
        var sender = options.Sender == SenderKind.Local
            ? Warn("sender", null, null, "No sender is configured: messages are shown, and not sent.", "Set Cx__Smtp__Host for a mail relay, or Cx__Webhook__Url for another provider.")
            : Pass("sender", null, null, $"Messages go out by {options.Sender.ToString().ToLowerInvariant()}.");
        if (FromDomain is not { } domain || !domain.Contains('.', StringComparison.Ordinal) || domain.StartsWith('[')
            || Array.Exists(Reserved, r => domain == r || domain.EndsWith($".{r}", StringComparison.Ordinal)))
        {
            return [sender, Fail("from", null, null, $"The From address is at {FromDomain ?? "no domain"}, which no receiver can look up.", "Write from a domain of yours: Cx__Smtp__FromAddress.")];
        }

        return [sender, .. await Task.WhenAll(new SpfCheck(dns).Of(domain, ct), new DkimCheck(dns).Of(domain, signing, ct), new DmarcCheck(dns).Of(domain, ct))];
    }

    /// <summary>What is not as it should be, as far as that is known within some seconds: whoever switches sending on does not wait for name servers.</summary>
    public async Task<IReadOnlyList<ReadinessCheck>> Warnings(CancellationToken ct)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(Patience);
        try
        {
            return [.. (await Check(late.Token)).Where(c => c.Outcome != ReadinessOutcome.Pass)];
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return [Unknown("from", FromDomain ?? "", new(DnsOutcome.Unavailable, [], "the name servers did not answer in time"))];
        }
    }

    private static string Ascii(string domain)
    {
        try
        {
            return new IdnMapping().GetAscii(domain.TrimEnd('.')).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return domain.ToLowerInvariant();
        }
    }
}
