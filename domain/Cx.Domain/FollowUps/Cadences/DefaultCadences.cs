using System.Text.Json;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>The cadences shipped with the system, as documents like any other.</summary>
public static class DefaultCadences
{
    private static readonly Dictionary<string, string> Italian = new(StringComparer.Ordinal)
    {
        ["service-recovery"] = "Dopo un reclamo o un voto basso",
        ["win-back"] = "Dopo un lungo silenzio",
        ["checkout-help"] = "Dopo un acquisto interrotto",
        ["owed-answer"] = "Una domanda senza risposta",
    };

    /// <summary>Thank-you, review request, reminder and related offer after an order. The only one that a new shop runs.</summary>
    public static CadenceDocument PostSale { get; } = Read("post-sale");

    /// <summary>An apology by a named person after a complaint or a low rating, and once the question whether it is mended.</summary>
    public static CadenceDocument ServiceRecovery { get; } = Read("service-recovery");

    /// <summary>One message to a customer whose next purchase is overdue.</summary>
    public static CadenceDocument WinBack { get; } = Read("win-back");

    /// <summary>One offer of help after a checkout that no order followed.</summary>
    public static CadenceDocument CheckoutHelp { get; } = Read("checkout-help");

    /// <summary>An alert to the shop before the target of an unanswered question passes.</summary>
    public static CadenceDocument OwedAnswer { get; } = Read("owed-answer");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CadenceDocument> All { get; } = [PostSale, ServiceRecovery, WinBack, CheckoutHelp, OwedAnswer];

    /// <summary>The JSON Schema (draft 2020-12) of a cadence document.</summary>
    public static string Schema { get; } = Resource("cadence.schema.json");

    /// <summary>The shipped document of a slug, named in a shop's language; none of that slug is shipped.</summary>
    /// <param name="language">BCP 47; what is not Italian is English.</param>
    public static CadenceDocument? Find(string slug, string language) => All.FirstOrDefault(c => c.Slug == slug) is not { } shipped ? null
        : language.Split('-', '_')[0].Equals("it", StringComparison.OrdinalIgnoreCase) && Italian.TryGetValue(slug, out var name) ? shipped with { Name = name }
        : shipped;

    private static CadenceDocument Read(string slug) => JsonSerializer.Deserialize<CadenceDocument>(Resource($"{slug}.json"), EventCatalog.Json)!;

    internal static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(DefaultCadences).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
