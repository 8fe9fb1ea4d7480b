using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Npgsql;
using static Cx.Application.EventStore.Sql;

namespace Cx.Application.EventStore;

/// <summary>An address that a customer's messages may go to.</summary>
/// <param name="Address">As it is sealed in the state.</param>
/// <param name="Hashes">None where it cannot identify anybody.</param>
internal readonly record struct KnownAddress(IdentifierKind Kind, Personal Address, IReadOnlyList<KeyedHash> Hashes);

/// <summary>The bars of an address that an explicit consent lifts: those of before it was given.</summary>
internal sealed record LiftedBar(IdentifierKind Kind, IReadOnlyList<KeyedHash> Hashes, Purpose Purpose, DateTimeOffset GivenAt);

/// <summary>
/// What is barred of a customer's addresses, and what a consent lifts. Addresses are sealed in the state and keyed hashes in the table: only here, where
/// the customer's keys are open, are they compared.
/// </summary>
internal static class Bars
{
    private const string Standing = """
        select a.n, s.purpose, s.objected_at
        from unnest((select $1), (select $2), (select $3), (select $4)) a (n, shop, kind, hash),
        lateral (select purpose, objected_at from cx_suppressions s where s.shop = a.shop and s.kind = a.kind and s.hash = a.hash offset 0) s
        """;

    /// <summary>Where messages may go: to the customer, or to the contact of an order that is loaded.</summary>
    /// <exception cref="SealBrokenException">One of them cannot be opened.</exception>
    public static IReadOnlyList<KnownAddress> Recipients(InstallationKeys keys, ShopFacts shop, Customer customer, KeyRing keyRing) =>
        [.. Recipients(customer).Select(a => new KnownAddress(a.Kind, a.Address, Identification.Hashes(keys, shop, a.Kind, keyRing.Open(a.Address), a.Country)))];

    /// <returns>What is barred of each customer, in their order.</returns>
    public static async Task<IReadOnlyList<IReadOnlyList<BarredAddress>>> Read(
        NpgsqlConnection connection, IReadOnlyList<(ShopId Shop, IReadOnlyList<KnownAddress> Recipients)> customers, CancellationToken ct)
    {
        var rows = customers.SelectMany((c, n) => c.Recipients.SelectMany(r => r.Hashes, (r, h) => (Number: n, c.Shop, r.Kind, r.Address, h.Hash))).ToList();
        var barred = customers.Select(_ => new List<BarredAddress>()).ToList();
        if (rows.Count == 0)
        {
            return barred;
        }

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command(
                    Standing, Ints([.. rows.Select((_, i) => (int?)i)]), Texts([.. rows.Select(r => r.Shop.Value)]), Shorts([.. rows.Select(r => (short)r.Kind)]),
                    Bytes([.. rows.Select(r => r.Hash)])),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var row = rows[reader.GetInt32(0)];
            barred[row.Number].Add(new(row.Address, (Purpose)reader.GetInt16(1), reader.GetFieldValue<DateTimeOffset>(2)));
        }

        return barred;
    }

    /// <summary>The bars that the events of a decision lift: of the addresses that the delivery names, else of the customer's current one.</summary>
    public static IReadOnlyList<LiftedBar> Lifted(
        InstallationKeys keys, ShopFacts shop, CustomerRef who, Customer after, IEnumerable<ICustomerEvent> events, KeyRing keyRing) =>
    [
        .. from given in events.OfType<ConsentGiven>()
           where given.Basis == ConsentBasis.OptIn
           from kind in TransactionWrites.KindsOf(given.Channel)
           from hashes in Named(who, (IdentifierKind)kind) is { Count: > 0 } named ? named : Current(keys, shop, after, (IdentifierKind)kind, keyRing)
           select new LiftedBar((IdentifierKind)kind, hashes, given.Purpose, given.OccurredAt),
    ];

    private static List<IReadOnlyList<KeyedHash>> Named(CustomerRef who, IdentifierKind kind) =>
        who is CustomerRef.ByIdentifiers named ? [.. named.Identifiers.Where(i => i.Kind == kind).Select(i => i.Hashes)] : [];

    private static List<IReadOnlyList<KeyedHash>> Current(InstallationKeys keys, ShopFacts shop, Customer customer, IdentifierKind kind, KeyRing keyRing) =>
        [.. Addresses(customer).Where(a => a.Kind == kind).Select(a => Identification.Hashes(keys, shop, kind, keyRing.Open(a.Address), customer.Details.Country))];

    // What an erased customer's orders hold can no longer be opened.
    private static IEnumerable<(IdentifierKind Kind, Personal Address, string? Country)> Recipients(Customer customer)
    {
        var contacts = customer.IsErased ? [] : customer.Orders.Values.Select(o => o.Contact).OfType<OrderContact>().ToList();
        return Addresses(customer).Select(a => (a.Kind, a.Address, customer.Details.Country))
            .Concat(from c in contacts where c.Email is not null select (IdentifierKind.Email, c.Email, c.Country))
            .Concat(from c in contacts where c.Phone is not null select (IdentifierKind.Phone, c.Phone, c.Country))
            .Distinct();
    }

    private static IEnumerable<(IdentifierKind Kind, Personal Address)> Addresses(Customer customer)
    {
        (IdentifierKind Kind, Personal? Address)[] known =
        [
            (IdentifierKind.Email, customer.Details.Email), (IdentifierKind.Phone, customer.Details.Phone), (IdentifierKind.Handle, customer.Details.Handle),
        ];
        return known.Where(a => a.Address is not null).Select(a => (a.Kind, a.Address!));
    }
}
