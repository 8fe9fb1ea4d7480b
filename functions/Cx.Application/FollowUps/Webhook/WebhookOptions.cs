using Microsoft.Extensions.Options;

namespace Cx.Application.FollowUps.Webhook;

/// <summary>The settings <c>Cx__Webhook__*</c>: where messages go when another provider or channel delivers them.</summary>
public sealed record WebhookOptions
{
    public const string Section = "Cx:Webhook";

    /// <summary>Absolute http or https address, without user or password. Redirects are never followed.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>whsec_</c> and the base64 of 24 to 64 bytes.</summary>
    public required string Secret { get; init; }

    /// <summary>A second secret that signs as well while the receiver changes from one to the other.</summary>
    public string? SecondSecret { get; init; }

    public int TimeoutSeconds { get; init; } = 30;

    /// <exception cref="OptionsValidationException">Lists everything that is wrong, each with its key.</exception>
    public static WebhookOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var timeout = section["TimeoutSeconds"];
        return Checked(new WebhookOptions
        {
            Url = Uri.TryCreate(section["Url"], UriKind.RelativeOrAbsolute, out var url) ? url : new Uri("", UriKind.Relative),
            Secret = section["Secret"] ?? "",
            SecondSecret = string.IsNullOrWhiteSpace(section["SecondSecret"]) ? null : section["SecondSecret"],
            TimeoutSeconds = string.IsNullOrWhiteSpace(timeout) ? 30 : int.TryParse(timeout, out var seconds) ? seconds : 0,
        });
    }

    /// <summary>The same options when they are valid.</summary>
    public static WebhookOptions Checked(WebhookOptions options)
    {
        var failures = options.Failures().ToArray();
        return failures.Length == 0 ? options : throw new OptionsValidationException(Section, typeof(WebhookOptions), failures);
    }

    // The generated one would print the secret.
    public override string ToString() => Url.IsAbsoluteUri ? Url.GetLeftPart(UriPartial.Authority) : "";

    private IEnumerable<string> Failures()
    {
        if (!Url.IsAbsoluteUri || (Url.Scheme != Uri.UriSchemeHttp && Url.Scheme != Uri.UriSchemeHttps)) yield return "Cx__Webhook__Url: an absolute http or https address is needed.";
        else if (Url.UserInfo.Length > 0) yield return "Cx__Webhook__Url: no user or password in the address.";
        if (StandardWebhookSignature.Key(Secret) is null) yield return "Cx__Webhook__Secret: whsec_ followed by the base64 of 24 to 64 bytes.";
        if (SecondSecret is not null && StandardWebhookSignature.Key(SecondSecret) is null) yield return "Cx__Webhook__SecondSecret: whsec_ followed by the base64 of 24 to 64 bytes.";
        if (TimeoutSeconds is < 1 or > 600) yield return "Cx__Webhook__TimeoutSeconds: from 1 to 600.";
    }
}
