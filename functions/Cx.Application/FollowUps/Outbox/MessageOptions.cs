using System.ComponentModel.DataAnnotations;
using Cx.Application.Configuration;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>Who delivers messages.</summary>
public enum SenderKind
{
    /// <summary>None: messages are stored and shown, not sent.</summary>
    Local,
    Smtp,
    Webhook,
}

/// <summary>Who delivers messages, and what every message needs.</summary>
public sealed record MessageOptions : IValidatableObject
{
    /// <summary>Without the setting, whichever of the senders has settings, else <see cref="SenderKind.Local"/>.</summary>
    [Setting("Cx__Sender", "smtp, webhook or local; default: the one that has settings")]
    public SenderKind Sender { get; set; }

    [Setting("Cx__PublicUrl", "where recipients and webhooks reach this host; required by every sender but local")]
    public Uri? PublicUrl { get; init; }

    [Setting("Cx__Smtp__FromAddress", "the sender's address; default: noreply at the public address")]
    public string FromAddress { get => field ?? $"noreply@{Host}"; init => field = value.Trim(); }

    [Setting("Cx__Smtp__FromName", "the sender's name; default: the shop's")]
    public string? FromName { get; init; }

    /// <summary>Where this process listens: good enough for links in messages that are only shown. Null where an address must be given.</summary>
    public Uri? OwnUrl { get; set; }

    /// <summary>What unsubscribe links begin with.</summary>
    public Uri LinkBase => PublicUrl ?? OwnUrl ?? throw new InvalidOperationException("There is neither a public address nor one of this process.");

    private string Host => (PublicUrl ?? OwnUrl) is { IsAbsoluteUri: true, HostNameType: UriHostNameType.Dns } url ? url.IdnHost : "localhost";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PublicUrl is null && (OwnUrl is null || Sender != SenderKind.Local))
        {
            yield return new("required: the https address at which recipients reach this host, because messages carry links to unsubscribe.", [nameof(PublicUrl)]);
        }

        // RFC 8058 §3.1
        if (PublicUrl is not null && !(PublicUrl.IsAbsoluteUri && (PublicUrl.Scheme == Uri.UriSchemeHttps || (PublicUrl.Scheme == Uri.UriSchemeHttp && PublicUrl.IsLoopback))))
        {
            yield return new("an https address; http only where it leads to this machine.", [nameof(PublicUrl)]);
        }
    }

    /// <summary>The sender that these settings choose; null when the choice cannot be read.</summary>
    internal static SenderKind? Choose(IConfiguration configuration)
    {
        if (Has("Cx:Sender"))
        {
            return Enum.TryParse<SenderKind>(configuration["Cx:Sender"], ignoreCase: true, out var chosen) ? chosen : null;
        }

        return Has("Cx:Smtp:Host") ? SenderKind.Smtp : Has("Cx:Webhook:Url") ? SenderKind.Webhook : SenderKind.Local;

        bool Has(string key) => !string.IsNullOrWhiteSpace(configuration[key]);
    }
}
