using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
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
        var raws = given.ToList();
        var country = raws.Exists(r => r.Kind is IdentifierKind.Phone) && await shops.Recent(shop, ct) is { } facts ? CountryOf(facts) : null;
        return
        [
            .. raws.Select(r => (r.Kind, Forms: Forms(r, country, Lookup.GivenId(keys, shop)))).Where(r => r.Forms.Count > 0)
                .DistinctBy(r => (r.Kind, r.Forms[0])).Select(r => Lookup.Of(keys, shop, r.Kind, r.Forms[0], [.. r.Forms.Skip(1)])),
        ];
    }

    /// <summary>The hashes of one address of a customer, the current one first; none where it cannot identify anybody.</summary>
    public static IReadOnlyList<KeyedHash> Hashes(InstallationKeys keys, ShopFacts shop, IdentifierKind kind, string address, string? country) =>
        Forms(new(kind, address, country), CountryOf(shop), given => given) is { Count: > 0 } forms
            ? Lookup.Of(keys, shop.Id, kind, forms[0], [.. forms.Skip(1)]).Hashes
            : [];

    private static IReadOnlyList<string> Forms(RawIdentifier raw, string? shopCountry, HashId hash)
    {
        var forms = raw.Kind is IdentifierKind.Phone ? PhoneForms.Of(raw.Value, raw.Country, shopCountry)
            : Identifiers.Normalise(raw.Kind, raw.Value) is not { } normal ? []
            // By the id that it is stored by, so that it is known by that too; the id as given is an earlier form.
            : raw.Kind is IdentifierKind.Conversation && !GivenIds.IsHash(normal) ? [hash(normal), normal]
            : [normal];
        return forms.Count > 0 && (!raw.NeedsCountry || forms[0] is ['+', ..]) ? forms : [];
    }

    private static string? CountryOf(ShopFacts shop) => ShopZone.Country(shop.TimeZone) ?? RegionOf(shop.Languages);

    private static string? RegionOf(IReadOnlyList<string> languages) =>
        languages.Select(l => l.Split('-').Skip(1).FirstOrDefault(s => s.Length == 2)).OfType<string>().FirstOrDefault()?.ToUpperInvariant();
}
