using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Cx.Domain.FollowUps.Places;

/// <summary>
/// The time zones of provinces and states, for the countries that have several. Ours, after the comments of tzdata's <c>zone.tab</c>, which say where each zone
/// is kept, and the codes of ISO 3166-2 as Shopify and WooCommerce write them (where they differ, both). A province in which two zones are kept has both. The
/// first zone of a country's first line is that of most of its people.
/// </summary>
public static class Provinces
{
    /// <summary>Country, codes, zones.</summary>
    public const string Table = """
        US | CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV | America/New_York
        US | MI | America/Detroit America/Menominee
        US | FL | America/New_York America/Chicago
        US | IN | America/Indiana/Indianapolis America/Chicago
        US | KY | America/New_York America/Chicago
        US | TN | America/Chicago America/New_York
        US | AL AR IA IL LA MN MO MS OK WI | America/Chicago
        US | KS ND NE SD TX | America/Chicago America/Denver
        US | CO MT NM UT WY | America/Denver
        US | AZ | America/Phoenix America/Denver
        US | ID | America/Boise America/Los_Angeles
        US | NV OR | America/Los_Angeles America/Boise
        US | CA WA | America/Los_Angeles
        US | AK | America/Anchorage America/Adak
        US | HI | Pacific/Honolulu
        US | PR | America/Puerto_Rico
        US | VI | America/St_Thomas
        US | GU | Pacific/Guam
        US | MP | Pacific/Saipan
        US | AS | Pacific/Pago_Pago
        US | PW | Pacific/Palau
        US | MH | Pacific/Majuro
        US | FM | Pacific/Chuuk Pacific/Pohnpei
        US | AA | America/Panama America/Puerto_Rico America/Argentina/Buenos_Aires
        US | AE | Europe/London Europe/Berlin Asia/Riyadh Asia/Dubai
        US | AP | Asia/Tokyo Asia/Bangkok Australia/Sydney Pacific/Guam
        CA | ON | America/Toronto America/Winnipeg America/Atikokan
        CA | QC | America/Toronto America/Halifax America/Blanc-Sablon
        CA | BC | America/Vancouver America/Edmonton America/Dawson_Creek
        CA | AB | America/Edmonton
        CA | MB | America/Winnipeg
        CA | SK | America/Regina America/Edmonton
        CA | NS PE | America/Halifax
        CA | NB | America/Moncton
        CA | NL | America/St_Johns America/Goose_Bay
        CA | NT | America/Edmonton America/Inuvik
        CA | NU | America/Iqaluit America/Rankin_Inlet America/Cambridge_Bay America/Resolute America/Atikokan
        CA | YT | America/Whitehorse
        AU | NSW | Australia/Sydney Australia/Broken_Hill Australia/Lord_Howe
        AU | ACT | Australia/Sydney
        AU | VIC | Australia/Melbourne
        AU | TAS | Australia/Hobart
        AU | QLD | Australia/Brisbane
        AU | SA | Australia/Adelaide
        AU | NT | Australia/Darwin
        AU | WA | Australia/Perth Australia/Eucla
        BR | SP RJ MG ES PR SC RS GO DF BA SE AL PB RN CE PI MA PA AP TO | America/Sao_Paulo
        BR | PE | America/Recife America/Noronha
        BR | MT | America/Cuiaba
        BR | MS | America/Campo_Grande
        BR | RO | America/Porto_Velho
        BR | RR | America/Boa_Vista
        BR | AM | America/Manaus America/Eirunepe
        BR | AC | America/Rio_Branco
        MX | DF CMX CDMX MEX MX AGS AGU AG CAMP CAM CM CHIS CHP CS COL CL DGO DUR DG GTO GUA GT GRO GRR GR HGO HID HG | America/Mexico_City
        MX | JAL JA MICH MIC MI MOR MO OAX OA PUE PU QRO QUE QT SLP SL TAB TB TLAX TLA TL VER VE YUC YU ZAC ZA | America/Mexico_City
        MX | COAH COA CO NL NLE TAMPS TAM TM | America/Monterrey America/Matamoros
        MX | CHIH CHH CH | America/Chihuahua America/Ojinaga America/Ciudad_Juarez
        MX | NAY NA | America/Mazatlan America/Bahia_Banderas
        MX | SIN SI BCS BS | America/Mazatlan
        MX | SON SO | America/Hermosillo
        MX | BC BCN | America/Tijuana
        MX | QROO ROO QR | America/Cancun
        RU | MOW MOS SPE LEN ARK NEN AD BEL BRY CE CU DA IN IVA KB KC KL KLU KO KOS KR KDA KRS LIP ME MO MUR NGR NIZ | Europe/Moscow
        RU | ORL PNZ PSK ROS RYA SE SMO STA TA TAM TUL TVE VGG VLA VLG VOR YAR KIR CR SEV | Europe/Moscow
        RU | KGD | Europe/Kaliningrad
        RU | AST SAM SAR UD ULY | Europe/Samara
        RU | BA CHE KGN KHM ORE PER SVE TYU YAN | Asia/Yekaterinburg
        RU | OMS | Asia/Omsk
        RU | AL ALT KEM KK KYA NVS TOM TY | Asia/Novosibirsk
        RU | BU IRK | Asia/Irkutsk
        RU | AMU ZAB | Asia/Chita
        RU | SA | Asia/Yakutsk Asia/Ust-Nera Asia/Srednekolymsk
        RU | KHA PRI YEV | Asia/Vladivostok
        RU | MAG SAK | Asia/Magadan
        RU | CHU KAM | Asia/Kamchatka
        ES | A AB AL AV B BA BI BU C CA CC CO CR CS CU GI GR GU H HU J L LE LO LU M MA MU NA O OR P PM PO S SA SE SG SO SS T TE TO V VA VI Z ZA | Europe/Madrid
        ES | CE ML | Africa/Ceuta
        ES | GC TF | Atlantic/Canary
        PT | 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 | Europe/Lisbon
        PT | 20 | Atlantic/Azores
        PT | 30 | Atlantic/Madeira
        ID | JK JB JT JI YO BT AC SU SB RI KR JA SS BB BE LA KB KT | Asia/Jakarta
        ID | BA NB NT KS KI KU SA ST SG SR SN GO | Asia/Makassar
        ID | MA MU PA PB PD PE PS PT | Asia/Jayapura
        CL | RM AP TA AN AT CO LI ML NB BI AR LR LL | America/Santiago
        CL | VS | America/Santiago Pacific/Easter
        CL | AI | America/Coyhaique
        CL | MA | America/Punta_Arenas
        EC | P G A B C D E F H I L M N O R S SD SE T U X Y Z | America/Guayaquil
        EC | W | Pacific/Galapagos
        NZ | AUK BOP GIS HKB MBH MWT NSN NTL OTA STL TAS TKI WGN WKO WTC | Pacific/Auckland
        NZ | CAN | Pacific/Auckland Pacific/Chatham
        NZ | CIT | Pacific/Chatham
        CD | KN BC KG KL MN EQ MO NU SU TU | Africa/Kinshasa
        CD | BU HK HL HU IT KC KE KS LO LU MA NK SA SK TA TO | Africa/Lubumbashi
        MN | 1 035 037 039 041 047 049 051 053 055 057 059 061 063 064 065 067 069 073 | Asia/Ulaanbaatar
        MN | 043 046 071 | Asia/Hovd
        CN | AH BJ CQ FJ GD GS GX GZ HA HB HE HI HL HN JL JS JX LN NM NX QH SC SD SH SN SX TJ XZ YN YZ ZJ | Asia/Shanghai
        CN | 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 | Asia/Shanghai
        CN | XJ 32 | Asia/Shanghai Asia/Urumqi
        GL | KU QE QT | America/Nuuk
        GL | SM | America/Nuuk America/Scoresbysund America/Danmarkshavn
        GL | AV | America/Nuuk America/Thule
        PG | NCD CPM CPK EBR EHG EPW ESW GPK HLA JWK MBA MPL MPM MRL NIK NPP SAN SHM WBK WHM WPD | Pacific/Port_Moresby
        PG | NSB | Pacific/Bougainville
        KI | G | Pacific/Tarawa
        KI | P | Pacific/Kanton
        KI | L | Pacific/Kiritimati
        FM | TRK YAP | Pacific/Chuuk
        FM | PNI KSA | Pacific/Pohnpei
        UA | 05 07 09 12 14 18 21 23 26 30 32 35 46 48 51 53 56 59 61 63 65 68 71 74 77 | Europe/Kyiv
        UA | 40 43 | Europe/Simferopol
        """;

    private static readonly FrozenDictionary<(string Country, string Code), ImmutableArray<string>> ZonesByCode =
        (from row in Rows(Table)
         from code in row.Keys
         select KeyValuePair.Create((row.Country, code), row.Values)).ToFrozenDictionary();

    /// <summary>The zone of most people of each country.</summary>
    private static readonly FrozenDictionary<string, string> MainZones =
        Rows(Table).DistinctBy(row => row.Country).ToFrozenDictionary(row => row.Country, row => row.Values[0]);

    /// <summary>The code of a province as the table has it, without the country's before it (<c>CL-VS</c>, <c>UA05</c>); none where the table does not have it.</summary>
    public static string? Code(string country, string? province) =>
        province is null ? null
        : ZonesByCode.ContainsKey((country, province)) ? province
        : province.StartsWith(country, StringComparison.Ordinal) && province[country.Length..].TrimStart('-') is var code && ZonesByCode.ContainsKey((country, code)) ? code
        : null;

    /// <summary>IANA names; none where the table does not have the code.</summary>
    public static ImmutableArray<string> ZonesOf(string country, string? code) =>
        code is not null && ZonesByCode.TryGetValue((country, code), out var zones) ? zones : [];

    /// <summary>The zone of most people of a country of several zones; null for other countries.</summary>
    public static string? MainZone(string country) => MainZones.GetValueOrDefault(country);

    /// <summary>The lines of a table, as it is written.</summary>
    public static IEnumerable<(string Country, ImmutableArray<string> Keys, ImmutableArray<string> Values)> Rows(string table) =>
        from line in table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        select (cells[0], cells[1].Split(' ').ToImmutableArray(), cells[2].Split(' ').ToImmutableArray());
}
