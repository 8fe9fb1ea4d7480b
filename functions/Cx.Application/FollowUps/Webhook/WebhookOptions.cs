using System.ComponentModel.DataAnnotations;
using Cx.Application.Configuration;

namespace Cx.Application.FollowUps.Webhook;

/// <summary>Where messages go when another provider or channel delivers them.</summary>
public sealed record WebhookOptions : IValidatableObject
{
    private const string AddressForm = "an absolute http or https address is needed.";
    private const string SecretForm = "whsec_ followed by the base64 of 24 to 64 bytes.";

    /// <summary>Absolute http or https address, without user or password. Redirects are never followed.</summary>
    [Setting("Cx__Webhook__Url", "where messages are posted, signed as Standard Webhooks says")]
    [Required(ErrorMessage = AddressForm)]
    public required Uri Url { get; init; }

    /// <summary><c>whsec_</c> and the base64 of 24 to 64 bytes.</summary>
    [Setting("Cx__Webhook__Secret", "whsec_ followed by the base64 of 24 to 64 bytes")]
    [Required(ErrorMessage = SecretForm)]
    public required string Secret { get; init; }

    /// <summary>A second secret that signs as well while the receiver changes from one to the other.</summary>
    [Setting("Cx__Webhook__SecondSecret", "signs as well while the receiver changes its secret")]
    public string? SecondSecret { get; init; }

    [Setting("Cx__Webhook__TimeoutSeconds", "for the whole request, from 1 to 600; default 30")]
    [Range(1, 600, ErrorMessage = "from 1 to 600.")]
    public int TimeoutSeconds { get; init; } = 30;

    // The generated one would print the secret.
    public override string ToString() => Url is { IsAbsoluteUri: true } ? Url.GetLeftPart(UriPartial.Authority) : "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { IsAbsoluteUri: false } or { Scheme: not ("http" or "https") }) yield return new(AddressForm, [nameof(Url)]);
        else if (Url is { UserInfo.Length: > 0 }) yield return new("no user or password in the address.", [nameof(Url)]);
        if (!string.IsNullOrEmpty(Secret) && StandardWebhookSignature.Key(Secret) is null) yield return new(SecretForm, [nameof(Secret)]);
        if (SecondSecret is not null && StandardWebhookSignature.Key(SecondSecret) is null) yield return new(SecretForm, [nameof(SecondSecret)]);
    }
}
