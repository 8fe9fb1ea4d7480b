using System.Text.Json;
using System.Text.RegularExpressions;
using Cx.Application.Api;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Application.Shops;

/// <summary>The settings of a shop as they are sent; what is left out has its default. <see cref="ShopRequest"/> reads them by field.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Languages">BCP 47, the shop's own first; at least one.</param>
/// <param name="SoftOptIn">
/// Attests that buyers were told they may object when they left their address (Directive 2002/58/EC, article 13(2)).
/// </param>
/// <param name="RetentionDays">After so many days without contact a customer is erased; from 90 to 3650, null: never.</param>
/// <param name="AlertEmail">The shop's own address for alerts, of unanswered questions; null: none are mailed.</param>
/// <param name="AlertUrl">An https address where alerts are posted, signed as Standard Webhooks says; null: none are.</param>
/// <param name="TestAddresses">Addresses of the shop's own, 50 at most, to which tests of messages may be sent; null: only to <paramref name="AlertEmail"/>.</param>
/// <param name="ServiceContact">The name that signs an apology, up to 100 characters; null: the shop's customer service.</param>
/// <param name="PostalAddress">Shown at the end of messages, up to 200 characters on one line; null: none.</param>
public sealed record ShopSettingsRequest(
    string Name, string TimeZone, IReadOnlyList<string> Languages, BusinessHours? BusinessHours = null,
    ContactPolicyRequest? Policy = null, ExperienceSettings? Experience = null, int? DeliveryPromiseDays = null, bool? SoftOptIn = null,
    string? ReviewUrl = null, string? Website = null, int? RetentionDays = null,
    string? AlertEmail = null, string? AlertUrl = null, string? ServiceContact = null,
    string? PostalAddress = null, IReadOnlyList<string>? TestAddresses = null);

/// <summary>What is changed of <see cref="PolicySettings.Default"/>.</summary>
public sealed record ContactPolicyRequest(
    TimeSpan? MarketingSpacing = null, int? MarketingCap = null, int? CapDays = null, int? MaxHoldDays = null,
    TimeOnly? QuietFrom = null, TimeOnly? QuietTo = null, bool? SoftOptIn = null, int? ComplaintHoldDays = null);

/// <summary>Reads the settings of a shop from a request, with everything that is wrong with them at once.</summary>
internal static partial class ShopRequest
{
    private const int MostTestAddresses = 50;

    private static readonly string[] Known =
        ["name", "timeZone", "languages", "businessHours", "policy", "experience", "deliveryPromiseDays", "softOptIn", "reviewUrl", "website", "retentionDays", "alertEmail", "alertUrl",
        "serviceContact", "postalAddress", "testAddresses"];

    /// <exception cref="ApiProblem">422 with a JSON pointer for each error.</exception>
    public static ShopSettings Read(JsonElement body)
    {
        var parts = new SettingsReader(body);
        foreach (var name in parts.Names.Except(Known))
        {
            parts.Reject(name, "is not a setting of a shop");
        }

        var called = parts.Text("name", required: true, text => text.Length <= 200, "is 1 to 200 characters");
        var zone = parts.Text(
            "timeZone", required: true, text => ShopZone.Find(text) is not null, "is an IANA time zone such as Europe/Rome");
        var languages = parts.Texts("languages", text => Language().IsMatch(text), "is a BCP 47 language such as it or pt-BR");
        var hours = parts.Part<BusinessHours>("businessHours", null);
        var policy = parts.Part("policy", PolicySettings.Default);
        Check(parts, policy);
        var experience = parts.Part("experience", ExperienceSettings.Default);
        var promise = parts.Part<int?>("deliveryPromiseDays", null);
        if (promise is < 0 or > 3650)
        {
            parts.Reject("deliveryPromiseDays", "is from 0 to 3650 days");
        }

        var softOptIn = parts.Part<bool?>("softOptIn", null) ?? false;
        var review = parts.Text("reviewUrl", required: false, IsAddress, "is an absolute http or https address");
        var website = parts.Text("website", required: false, IsAddress, "is an absolute http or https address");

        var retention = parts.Part<int?>("retentionDays", null);
        if (retention is < Inactivity.MinDays or > Inactivity.MaxDays)
        {
            parts.Reject("retentionDays", $"is from {Inactivity.MinDays} to {Inactivity.MaxDays} days, or null: nobody is erased for want of contact");
        }

        var alertEmail = parts.Text("alertEmail", required: false, text => Identifiers.Normalise(IdentifierKind.Email, text) is not null, "is an e-mail address");
        var alertUrl = parts.Text("alertUrl", required: false, IsAlertAddress, "is an absolute https address without user or password");
        var contact = parts.Text("serviceContact", required: false, text => text.Length <= 100, "is 1 to 100 characters");
        var postalAddress = parts.Text("postalAddress", required: false, text => text.Length <= 200, "is 1 to 200 characters");

        var tests = parts.OptionalTexts("testAddresses", MostTestAddresses, text => Identifiers.Normalise(IdentifierKind.Email, text) is not null, "is an e-mail address");

        parts.ThrowIfWrong("invalid-shop", "The shop's settings are not valid; see errors.");
        return new(
            called!, zone!, languages, hours, policy is null ? null : policy with { SoftOptIn = softOptIn },
            promise is null ? experience : (experience ?? ExperienceSettings.Default) with { DeliveryPromiseDays = promise }, softOptIn,
            review, website, retention)
        {
            AlertEmail = alertEmail,
            AlertUrl = alertUrl,
            ServiceContact = contact,
            PostalAddress = postalAddress,
            TestAddresses = tests,
        };
    }

    private static void Check(SettingsReader parts, PolicySettings? policy)
    {
        if (policy is null)
        {
            return;
        }

        parts.Require(
            "policy/marketingSpacing", policy.MarketingSpacing >= TimeSpan.Zero && policy.MarketingSpacing <= TimeSpan.FromDays(366),
            "is from PT0S to P366D");
        parts.Require("policy/marketingCap", policy.MarketingCap is >= 0 and <= 1000, "is from 0 to 1000");
        parts.Require("policy/capDays", policy.CapDays is >= 1 and <= ContactPolicy.MostDays, $"is from 1 to {ContactPolicy.MostDays} days");
        parts.Require("policy/maxHoldDays", policy.MaxHoldDays is >= 0 and <= 366, "is from 0 to 366 days");
        parts.Require("policy/complaintHoldDays", policy.ComplaintHoldDays is >= 0 and <= 366, "is from 0 to 366 days");
    }

    private static bool IsAddress(string text) =>
        text.Length <= 2000 && Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp);

    // Signed, but not sealed: only over TLS, or to this machine.
    private static bool IsAlertAddress(string text) =>
        IsAddress(text) && new Uri(text) is { UserInfo.Length: 0 } address && (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback);

    [GeneratedRegex("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    private static partial Regex Language();
}
