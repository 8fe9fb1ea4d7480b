using System.Text.Json;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>The cadences shipped with the system, as documents like any other.</summary>
public static class DefaultCadences
{
    /// <summary>Thank-you, review request, reminder and related offer after an order.</summary>
    public static CadenceDocument PostSale { get; } = JsonSerializer.Deserialize<CadenceDocument>(Resource("post-sale.json"), EventCatalog.Json)!;

    /// <summary>The JSON Schema (draft 2020-12) of a cadence document.</summary>
    public static string Schema { get; } = Resource("cadence.schema.json");

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(DefaultCadences).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
