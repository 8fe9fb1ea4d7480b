using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Reads a contact policy as it is sent, and checks it before it is published.</summary>
public static class PolicyValidator
{
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromHours(1);

    /// <summary>The JSON Schema (draft 2020-12) of a contact policy.</summary>
    public static string Schema { get; } = DefaultCadences.Resource("policy.schema.json");

    /// <summary>The policy, and everything that is wrong with it, at once; where that is nothing, it can be published.</summary>
    public static (ContactPolicy Policy, IReadOnlyList<CadenceError> Errors) Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return (ContactPolicy.Default, [new("", "is not an object", "see the JSON Schema at /api/schemas/policy.json")]);

        var shape = new List<CadenceError>();
        var policy = ((JsonObject)CadenceReader.Clean(json, typeof(ContactPolicy), "", shape)!).Deserialize<ContactPolicy>(EventCatalog.Json)!;
        return (policy, CadenceReader.WithoutConsequences(shape, Validate(policy)));
    }

    /// <summary>Everything that is wrong with a policy, at once.</summary>
    public static IReadOnlyList<CadenceError> Validate(ContactPolicy policy) =>
    [
        .. policy.Caps.Index().SelectMany(c => OfCap($"/caps/{c.Index}", c.Item)),
        .. policy.Spacing.Index().SelectMany(s => OfSpacing($"/spacing/{s.Index}", s.Item)),
        .. policy.Priorities.Index().Where(p => p.Item is { Cadence: null, Category: null })
            .Select(p => new CadenceError($"/priorities/{p.Index}", "names neither a cadence nor a category", "{\"cadence\": \"service-recovery\"}, {\"category\": \"service\"}, or both")),
        .. InRange("/complaintHoldDays", policy.ComplaintHoldDays, 0, ContactPolicy.MostDays),
        .. InRange("/maxHoldDays", policy.MaxHoldDays, 0, ContactPolicy.MostDays),
        .. InRange("/spreadHours", policy.SpreadHours, 0, 24),
        .. OfReviews(policy.Reviews),
    ];

    /// <summary>What can be published, and may still not be meant.</summary>
    /// <param name="cadences">The slugs of the shop's cadences.</param>
    public static IReadOnlyList<CadenceError> Warnings(ContactPolicy policy, IReadOnlyCollection<string> cadences) =>
    [
        .. policy.Caps.Index().Where(c => c.Item.Most == 0)
            .Select(c => new CadenceError($"/caps/{c.Index}/most", $"nothing of ({ContactScope.Text(c.Item.Channel, c.Item.Category)}) is ever sent", "1 or more lets something through")),
        .. policy.Priorities.Index().Where(p => p.Item.Cadence is { } slug && !cadences.Contains(slug))
            .Select(p => new CadenceError($"/priorities/{p.Index}/cadence", $"the shop has no cadence '{p.Item.Cadence}'", $"one of {string.Join(", ", cadences)}")),
        .. policy.QuietHours.From != policy.QuietHours.To ? [] : new[] { new CadenceError("/quietHours", "there are none: messages go out at night", "21:00:00 to 08:00:00 lets customers sleep") },
        .. policy.MaxHoldDays > 0 ? [] : new[] { new CadenceError("/maxHoldDays", "whatever is held is skipped at once", "1 or more lets it wait") },
        .. policy.SpreadHours > 0 ? [] : new[] { new CadenceError("/spreadHours", "what a pause held goes out all at once", "1 or more spreads it") },
    ];

    private static IEnumerable<CadenceError> OfCap(string path, ContactCap? cap) => cap is null ? [Missing(path)] :
    [
        .. InRange($"{path}/most", cap.Most, 0, 1000),
        .. cap.Within >= ShortestWindow && cap.Within <= TimeSpan.FromDays(ContactPolicy.MostDays) ? [] : new[] { new CadenceError($"{path}/within", "out of range", "from PT1H to P366D") },
        .. NotTransactional(path, cap.Category),
    ];

    private static IEnumerable<CadenceError> OfSpacing(string path, ContactSpacing? spacing) => spacing is null ? [Missing(path)] :
    [
        .. spacing.Least >= TimeSpan.Zero && spacing.Least <= TimeSpan.FromDays(ContactPolicy.MostDays) ? [] : new[] { new CadenceError($"{path}/least", "out of range", "from PT0S to P366D") },
        .. NotTransactional(path, spacing.Category),
    ];

    private static IEnumerable<CadenceError> OfReviews(ReviewPolicy reviews) =>
    [
        .. InRange("/reviews/spacingDays", reviews.SpacingDays, 0, 90),
        .. InRange("/reviews/productDays", reviews.ProductDays, 0, ContactPolicy.MostDays),
        .. InRange("/reviews/itemsPerRequest", reviews.ItemsPerRequest ?? 1, 1, 50),
        .. reviews.MinimumValue is { Amount: < 0 } ? [new CadenceError("/reviews/minimumValue/amount", "is negative", "0 or more")] : Array.Empty<CadenceError>(),
        .. reviews.MinimumValue is { } other && !IsUpper(other.Currency, 3) ? [new CadenceError("/reviews/minimumValue/currency", "is no currency", "three upper-case letters, as EUR")] : Array.Empty<CadenceError>(),
        .. Words("/reviews/exclude/products", reviews.Exclude.Products), .. Words("/reviews/exclude/collections", reviews.Exclude.Collections),
        .. Words("/reviews/exclude/orderTags", reviews.Exclude.OrderTags), .. Words("/reviews/exclude/customerTags", reviews.Exclude.CustomerTags),
        .. Words("/reviews/exclude/salesChannels", reviews.Exclude.SalesChannels),
        .. reviews.Delays.Index().SelectMany(d => OfDelay($"/reviews/delays/{d.Index}", d.Item)),
    ];

    private static IEnumerable<CadenceError> OfDelay(string path, ReviewDelay? delay) => delay is null ? [Missing(path)] :
    [
        .. InRange($"{path}/days", delay.Days, 1, ContactPolicy.MostDays),
        .. delay.Country is { } country && !IsUpper(country, 2) ? [new CadenceError($"{path}/country", "is no country", "two upper-case letters, as IT")] : Array.Empty<CadenceError>(),
        .. delay is { Country: null, Products: null } ? [new CadenceError(path, "is for no country and no product", "{\"country\": \"AU\", \"days\": 21}")] : Array.Empty<CadenceError>(),
        .. Words($"{path}/products", delay.Products ?? []),
    ];

    private static IEnumerable<CadenceError> Words(string path, IReadOnlyList<string> words) =>
    [
        .. words.Index().Where(w => string.IsNullOrWhiteSpace(w.Item) || w.Item.Contains(Labels.Separator) || w.Item.Length > 255)
            .Select(w => new CadenceError($"{path}/{w.Index}", "is no such word", "1 to 255 characters without a comma")),
    ];

    private static CadenceError[] InRange(string path, int value, int least, int most) => value >= least && value <= most ? [] : [new(path, "out of range", $"from {least} to {most}")];

    private static CadenceError[] NotTransactional(string path, Category? category) =>
        category != Category.Transactional ? [] : [new($"{path}/category", "transactional messages are not limited: the customer waits for them", "marketing, service, or left out for both")];

    private static CadenceError Missing(string path) => new(path, "is missing", "an object");

    private static bool IsUpper(string? text, int length) => text?.Length == length && text.All(char.IsAsciiLetterUpper);
}
