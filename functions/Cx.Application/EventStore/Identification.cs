using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;

namespace Cx.Application.EventStore;

/// <summary>An identifier as it arrived, in the clear, not yet normalised.</summary>
/// <param name="Country">ISO 3166-1 alpha-2, of the address given with a phone number: there a number without country code is read.</param>
/// <param name="NeedsCountry">Whether a phone number identifies nobody where its country is not known.</param>
public readonly record struct RawIdentifier(IdentifierKind Kind, string Value, string? Country = null, bool NeedsCountry = false);

/// <summary>Makes of what was given the identifiers by which a shop's customers are found. The one place where this is done.</summary>
public sealed class Identification(InstallationKeys keys, ShopDirectory shops)
{
    /// <summary>The identifiers, each once; what cannot identify anybody is left out.</summary>
    public async ValueTask<IReadOnlyList<Identifier>> Of(ShopId shop, IEnumerable<RawIdentifier> given, CancellationToken ct)
    {
        var read = new List<(IdentifierKind Kind, IReadOnlyList<string> Forms)>();
        foreach (var raw in given)
        {
            var forms = raw.Kind is IdentifierKind.Phone
                ? PhoneForms.Of(raw.Value, raw.Country, await CountryOf(shop, ct))
                : Identifiers.Normalise(raw.Kind, raw.Value) is { } normal ? [normal] : [];
            if (forms.Count > 0 && (!raw.NeedsCountry || forms[0] is ['+', ..]))
            {
                read.Add((raw.Kind, forms));
            }
        }

        return [.. read.DistinctBy(r => (r.Kind, r.Forms[0])).Select(r => Lookup.Of(keys, shop, r.Kind, r.Forms[0], [.. r.Forms.Skip(1)]))];
    }

    private async ValueTask<string?> CountryOf(ShopId shop, CancellationToken ct) =>
        await shops.Recent(shop, ct) is { } facts ? ShopZone.Country(facts.TimeZone) ?? RegionOf(facts.Languages) : null;

    private static string? RegionOf(IReadOnlyList<string> languages) =>
        languages.Select(l => l.Split('-').Skip(1).FirstOrDefault(s => s.Length == 2)).OfType<string>().FirstOrDefault()?.ToUpperInvariant();
}
