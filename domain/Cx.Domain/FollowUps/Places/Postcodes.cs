using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Cx.Domain.FollowUps.Places;

/// <summary>
/// The time zones of postcodes, for the countries that have several. Ours, after the prefixes that the posts of these countries publish (for the United States
/// the three-digit prefixes of USPS, for Canada the forward sortation areas, elsewhere the first digits by province). Where the postcodes of one prefix lie in two
/// zones, the prefix has both.
/// </summary>
public static class Postcodes
{
    /// <summary>
    /// Country, prefixes (one or a range), then codes of <see cref="Provinces"/> or zones. The longest prefix counts.
    /// </summary>
    public const string Table = """
        US | 005 100-149 | NY
        US | 006-007 009 | PR
        US | 008 | VI
        US | 010-027 | MA
        US | 028-029 | RI
        US | 030-038 | NH
        US | 039-049 | ME
        US | 050-059 | VT
        US | 060-069 | CT
        US | 070-089 | NJ
        US | 090-098 | AE
        US | 150-196 | PA
        US | 197-199 | DE
        US | 200-205 | DC
        US | 206-219 | MD
        US | 220-246 | VA
        US | 247-268 | WV
        US | 270-289 | NC
        US | 290-299 | SC
        US | 300-319 398-399 | GA
        US | 340 | AA
        US | 320-322 326-339 341-349 | America/New_York
        US | 323-324 | FL
        US | 325 | America/Chicago
        US | 350-369 | AL
        US | 370-372 380-384 | America/Chicago
        US | 373 377-378 385 | TN
        US | 374 376 379 | America/New_York
        US | 386-397 | MS
        US | 400-401 407-409 425-427 | KY
        US | 402-406 410-418 | America/New_York
        US | 420-424 | America/Chicago
        US | 430-459 | OH
        US | 460-462 466-468 470-474 | America/Indiana/Indianapolis
        US | 463 465 469 475 478-479 | IN
        US | 464 476-477 | America/Chicago
        US | 480-497 | America/Detroit
        US | 498-499 | MI
        US | 500-528 | IA
        US | 530-549 | WI
        US | 550-567 | MN
        US | 570-574 | America/Chicago
        US | 575-576 | SD
        US | 577 | America/Denver
        US | 580-584 | America/Chicago
        US | 585-588 | ND
        US | 590-599 | MT
        US | 600-629 | IL
        US | 630-658 | MO
        US | 660-676 | America/Chicago
        US | 677-679 | KS
        US | 680-689 | America/Chicago
        US | 690-693 | NE
        US | 700-714 | LA
        US | 716-729 | AR
        US | 730-732 734-749 | OK
        US | 733 750-797 | America/Chicago
        US | 798 | TX
        US | 799 885 | America/Denver
        US | 800-816 | CO
        US | 820-831 | WY
        US | 832-834 836-837 | America/Boise
        US | 835 838 | ID
        US | 840-847 | UT
        US | 850-858 863-864 | America/Phoenix
        US | 859-860 865 | AZ
        US | 870-884 | NM
        US | 889-897 | America/Los_Angeles
        US | 898 | NV
        US | 900-961 | CA
        US | 962-966 | AP
        US | 967-968 | HI
        US | 96799 | AS
        US | 969 | Pacific/Guam Pacific/Palau Pacific/Chuuk Pacific/Pohnpei Pacific/Majuro
        US | 9691-9693 9695 | Pacific/Guam
        US | 970-978 | America/Los_Angeles
        US | 979 | OR
        US | 980-994 | WA
        US | 995-999 | America/Anchorage
        US | 99546-99547 | America/Adak
        CA | A1 | America/St_Johns
        CA | A | NL
        CA | B C | NS
        CA | E | NB
        CA | G1-G3 G6-G9 H J | America/Toronto
        CA | G | QC
        CA | K L M N | America/Toronto
        CA | P | ON
        CA | R | MB
        CA | S | SK
        CA | T | AB
        CA | V | BC
        CA | V3-V9 | America/Vancouver
        CA | X | NT
        CA | X0A X0B X0C | NU
        CA | Y | YT
        AU | 0 | NT
        AU | 02 1 2 | ACT
        AU | 0872 | Australia/Darwin Australia/Adelaide Australia/Perth
        AU | 2880 | Australia/Broken_Hill
        AU | 2898 | Australia/Lord_Howe
        AU | 2899 | Pacific/Norfolk
        AU | 3 8 | VIC
        AU | 4 9 | QLD
        AU | 5 | SA
        AU | 6 | Australia/Perth
        AU | 6443 | WA
        AU | 6798 | Indian/Christmas
        AU | 6799 | Indian/Cocos
        AU | 7 | TAS
        BR | 0 1 2 3 4 5 6 7 8 9 | SP
        BR | 53990 | America/Noronha
        BR | 69 | AM
        BR | 693 | RR
        BR | 699 | AC
        BR | 768-769 789 | RO
        BR | 780-788 | MT
        BR | 79 | MS
        MX | 0 1 2 3 4 5 6 7 8 9 | DF
        MX | 21-22 | BC
        MX | 23 | BCS
        MX | 25-27 | COAH
        MX | 31-33 | CHIH
        MX | 63 | NAY
        MX | 64-67 | NL
        MX | 77 | QROO
        MX | 80-82 | SIN
        MX | 83-85 | SON
        MX | 87-89 | TAMPS
        RU | 1 2 3 | MOW
        RU | 236-238 | KGD
        RU | 400-404 420-425 428-431 440-442 | MOW
        RU | 410-416 426-427 432-433 443-446 | SAM
        RU | 450-462 614-629 640-641 | SVE
        RU | 600-613 | MOW
        RU | 630-636 647-663 667-668 | NVS
        RU | 644-646 | OMS
        RU | 664-666 669-671 | IRK
        RU | 672-676 687 | ZAB
        RU | 677-678 | SA
        RU | 679-682 690-692 | PRI
        RU | 683-684 688-689 | KAM
        RU | 685-686 693-694 | MAG
        ES | 0 1 2 3 4 5 | M
        ES | 35 38 | GC
        PT | 1 2 3 4 5 6 7 8 | 01
        PT | 90-94 | 30
        PT | 95-99 | 20
        ID | 1 2 3 4 5 6 73-74 78-79 | JK
        ID | 70-72 75-77 80-87 90-96 | BA
        ID | 97-99 | PA
        CL | 0 1 3 4 5 7 8 9 | RM
        CL | 2 | America/Santiago
        CL | 277 | Pacific/Easter
        CL | 59 6 | America/Santiago America/Coyhaique America/Punta_Arenas
        CL | 62 | MA
        EC | 0 1 2 | G
        EC | 20 | W
        NZ | 0 1 2 3 4 5 6 7 8 9 | AUK
        NZ | 8942 | CIT
        MN | 1 | Asia/Ulaanbaatar
        MN | 8 | Asia/Hovd Asia/Ulaanbaatar
        CN | 0 1 2 3 4 5 6 7 81 85-86 | BJ
        CN | 83-84 | XJ
        FR | 971 | America/Guadeloupe
        FR | 972 | America/Martinique
        FR | 973 | America/Cayenne
        FR | 974 | Indian/Reunion
        FR | 975 | America/Miquelon
        FR | 976 | Indian/Mayotte
        FR | 977-978 | America/Port_of_Spain
        FR | 986 | Pacific/Wallis
        FR | 987 | Pacific/Tahiti Pacific/Marquesas Pacific/Gambier
        FR | 988 | Pacific/Noumea
        """;

    /// <summary>How many letters and digits a whole postcode has. Another one says nothing: spreadsheets drop a leading zero.</summary>
    private static readonly FrozenDictionary<string, int[]> Lengths =
        (from country in "US 5 9, CA 3 6, AU 4, BR 8, MX 5, RU 6, ES 5, PT 4 7, ID 5, CL 7, EC 6, NZ 4, MN 5, CN 6, FR 5".Split(", ")
         let cells = country.Split(' ')
         select KeyValuePair.Create(cells[0], cells[1..].Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray())).ToFrozenDictionary();

    private const int LongestPrefix = 5;

    private static readonly FrozenDictionary<(string Country, string Prefix), ImmutableArray<string>> Zones =
        (from row in Provinces.Rows(Table)
         let zones = row.Values.SelectMany(v => v.Contains('/') ? [v] : Provinces.ZonesOf(row.Country, v)).ToImmutableArray()
         from range in row.Keys
         from prefix in Prefixes(range)
         select KeyValuePair.Create((row.Country, prefix), zones)).ToFrozenDictionary();

    /// <summary>IANA names; none where the postcode says nothing about the zone.</summary>
    /// <param name="country">ISO 3166-1 alpha-2.</param>
    /// <param name="postcode">As it was written: spaces and hyphens do not count.</param>
    public static ImmutableArray<string> ZonesOf(string? country, string? postcode)
    {
        if (country is null || postcode is null || !Lengths.TryGetValue(country, out var lengths))
            return [];

        var code = postcode.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        if (!lengths.Contains(code.Length) || !code.All(char.IsAsciiLetterOrDigit))
            return [];

        for (var length = Math.Min(LongestPrefix, code.Length); length > 0; length--)
        {
            if (Zones.TryGetValue((country, code[..length]), out var zones))
                return zones;
        }

        return [];
    }

    // 900-961 is every prefix of that length between the two; G1-G3 as well.
    private static IEnumerable<string> Prefixes(string range) => range.Split('-') is [var from, var to]
        ? Enumerable.Range(Number(from), Number(to) - Number(from) + 1).Select(n => Written(n, from))
        : [range];

    private static int Number(string prefix) => int.Parse(prefix.TrimStart('G', 'V'), CultureInfo.InvariantCulture);

    private static string Written(int number, string like) =>
        char.IsAsciiLetter(like[0])
            ? $"{like[0]}{number}"
            : number.ToString(CultureInfo.InvariantCulture).PadLeft(like.Length, '0');
}
