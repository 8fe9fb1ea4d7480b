using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Webhook;
using Microsoft.Extensions.Options;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>Who delivers messages, and what every message needs. Checked at start; an error names the key.</summary>
/// <param name="Sender"><c>Cx__Sender</c>: smtp, webhook or local. Left out, whichever of the first two has settings, else local.</param>
/// <param name="PublicUrl"><c>Cx__PublicUrl</c>: where unsubscribe links lead.</param>
/// <param name="FromAddress"><c>Cx__Smtp__FromAddress</c>; without it, noreply at the public address.</param>
/// <param name="FromName"><c>Cx__Smtp__FromName</c>; without it, the shop's name.</param>
public sealed record MessageOptions(string Sender, Uri PublicUrl, string FromAddress, string? FromName)
{
    public const string Smtp = "smtp";
    public const string Webhook = "webhook";
    public const string Local = "local";

    /// <param name="ownUrl">Where this process listens: good enough for links in messages that are only shown.</param>
    /// <exception cref="OptionsValidationException">Names the key that is missing or wrong.</exception>
    public static MessageOptions Read(IConfiguration configuration, Uri ownUrl)
    {
        var sender = Text(configuration["Cx:Sender"])?.ToLowerInvariant()
            ?? (Text(configuration["Cx:Smtp:Host"]) is not null ? Smtp : Text(configuration["Cx:Webhook:Url"]) is not null ? Webhook : Local);
        if (sender is not (Smtp or Webhook or Local))
        {
            throw Wrong("Cx__Sender: smtp, webhook or local.");
        }

        var url = Text(configuration["Cx:PublicUrl"]);
        if (url is null && sender != Local)
        {
            throw Wrong($"Cx__PublicUrl: needed by the sender '{sender}', because messages carry links to unsubscribe.");
        }

        if (!Uri.TryCreate(url ?? ownUrl.AbsoluteUri, UriKind.Absolute, out var publicUrl) || !(publicUrl.Scheme == Uri.UriSchemeHttps || (publicUrl.Scheme == Uri.UriSchemeHttp && publicUrl.IsLoopback)))
        {
            throw Wrong("Cx__PublicUrl: an https address without query is needed (RFC 8058 §3.1).");
        }

        _ = sender switch
        {
            Smtp => (object)SmtpOptions.Read(configuration),
            Webhook => WebhookOptions.Read(configuration),
            _ => sender,
        };
        var host = publicUrl.HostNameType == UriHostNameType.Dns ? publicUrl.IdnHost : "localhost";
        return new(sender, publicUrl, Text(configuration["Cx:Smtp:FromAddress"]) ?? $"noreply@{host}", Text(configuration["Cx:Smtp:FromName"]));
    }

    /// <summary>The sender these settings choose.</summary>
    /// <exception cref="OptionsValidationException">Its own settings are missing or wrong.</exception>
    public ISender CreateSender(IConfiguration configuration, TimeProvider time) => Sender switch
    {
        Smtp => new SmtpSender(SmtpOptions.Read(configuration), time),
        Webhook => new WebhookSender(WebhookOptions.Read(configuration), time),
        _ => new LocalSender(),
    };

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static OptionsValidationException Wrong(string failure) => new("Cx", typeof(MessageOptions), [failure]);
}
