using System.Collections.Frozen;

namespace Cx.Domain.FollowUps;

/// <summary>
/// The official languages of countries, as far as web shops write them: Unicode CLDR 48.2, supplemental/territoryInfo, languages whose status is official
/// or de facto official in the whole territory. Russian is left out for Ukraine, whose constitution (article 10) knows one state language.
/// </summary>
internal static class CountryLanguages
{
    private static readonly (string Language, string Countries)[] Table =
    [
        ("en",
            "AG AI AS AU BB BI BM BS BW BZ CA CC CK CM CX DG DM ER FJ FK FM GB GD GG GH GI GM GS GU GY HK IE IM IN IO JE " +
            "JM KE KI KN KY LC LR LS MG MH MP MS MT MU MW NA NF NG NR NU NZ PG PH PK PN PR PW RW SB SC SD SG SH SL SS SX " +
            "SZ TC TK TO TT TV TZ UG UM US VC VG VI VU WS ZA ZM ZW"),
        ("fr",
            "BE BF BI BJ BL CA CD CF CG CH CI CM DJ DZ FR GA GF GN GP GQ HT KM LU MA MC MF MG ML MQ MU NC NE PF PM RE RW " +
            "SC SN TD TG TN VU WF YT"),
        ("es", "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE"),
        ("de", "AT BE CH DE LI LU"),
        ("it", "CH IT SM VA"),
        ("pt", "AO BR CV GQ GW MO MZ PT ST TL"),
        ("nl", "AW BE BQ CW NL SR SX"),
        ("ca", "AD"),
        ("ga", "IE"),
        ("mt", "MT"),
        ("da", "DK"),
        ("sv", "AX FI SE"),
        ("fi", "FI"),
        ("nb", "NO SJ"),
        ("nn", "NO"),
        ("no", "NO"),
        ("is", "IS"),
        ("et", "EE"),
        ("lv", "LV"),
        ("lt", "LT"),
        ("pl", "PL"),
        ("cs", "CZ"),
        ("sk", "SK"),
        ("sl", "SI"),
        ("hu", "HU"),
        ("hr", "BA HR"),
        ("bs", "BA"),
        ("sr", "BA ME RS XK"),
        ("mk", "MK"),
        ("sq", "AL XK"),
        ("ro", "MD RO"),
        ("bg", "BG"),
        ("el", "CY GR"),
        ("tr", "CY TR"),
        ("ru", "BY KG KZ RU"),
        ("uk", "UA"),
        ("be", "BY"),
        ("ar", "AE BH DJ DZ EG EH ER IL IQ JO KM KW LB LY MA MR OM PS QA SA SD SO SY TD TN YE"),
        ("he", "IL"),
        ("fa", "AF IR"),
        ("hi", "IN"),
        ("ur", "PK"),
        ("ja", "JP"),
        ("ko", "KP KR"),
        ("zh", "CN HK MO SG TW"),
        ("vi", "VN"),
        ("th", "TH"),
        ("id", "ID"),
        ("ms", "BN MY SG"),
        ("ka", "GE"),
        ("hy", "AM"),
        ("az", "AZ"),
        ("kk", "KZ"),
    ];

    private static readonly FrozenDictionary<string, string[]> ByCountry =
        (from entry in Table
         from country in entry.Countries.Split(' ')
         group entry.Language by country).ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);

    /// <summary>The official languages of a country; none where it is unknown.</summary>
    /// <param name="country">ISO 3166-1 alpha-2.</param>
    internal static IReadOnlyList<string> Of(string? country) => country is null ? [] : ByCountry.GetValueOrDefault(country) ?? [];
}
