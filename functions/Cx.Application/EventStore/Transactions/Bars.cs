using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Npgsql;
using static Cx.Application.EventStore.Sql;

namespace Cx.Application.EventStore;

/// <summary>An address that a customer's messages may go to.</summary>
/// <param name="Address">As it is sealed in the state.</param>
/// <param name="Hashes">None where it cannot identify anybody.</param>
internal readonly record struct KnownAddress(IdentifierKind Kind, Personal Address, IReadOnlyList<KeyedHash> Hashes);

/// <summary>The bars of an address that an explicit consent lifts: those of before it was given.</summary>
internal sealed record LiftedBar(IdentifierKind Kind, IReadOnlyList<KeyedHash> Hashes, Purpose Purpose, DateTimeOffset GivenAt);

/// <summary>What stands against a customer's addresses.</summary>
internal sealed record KnownBars(IReadOnlyList<BarredAddress> Barred, IReadOnlyList<RefusedAddress> Refused)
{
    public static KnownBars None { get; } = new([], []);
}

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

    private const string Suppressions = """
        insert into cx_suppressions (shop, kind, hash, purpose, key_version, objected_at)
        select i.shop, i.kind, i.hash, $5, i.key_version, $4 from cx_identifiers i where i.shop = $1 and i.customer = any($2) and i.kind = any($3) and ($6 or i.hash = any($7))
        on conflict (shop, kind, hash, purpose) do update set objected_at = greatest(cx_suppressions.objected_at, excluded.objected_at)
        """;

    private const string Barring = """
        insert into cx_suppressions (shop, kind, hash, purpose, key_version, objected_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (shop, kind, hash, purpose) do update set objected_at = greatest(cx_suppressions.objected_at, excluded.objected_at)
        """;

    private const string Lifting = "delete from cx_suppressions where shop = $1 and kind = $2 and hash = any($3) and purpose = $4 and objected_at < $5";

    /// <summary>Where messages may go: to the customer, or to the contact of an order that is loaded.</summary>
    /// <exception cref="SealBrokenException">One of them cannot be opened.</exception>
    public static IReadOnlyList<KnownAddress> Recipients(InstallationKeys keys, ShopFacts shop, Customer customer, KeyRing keyRing) =>
        [.. Recipients(customer).Select(a => new KnownAddress(a.Kind, a.Address, Identification.Hashes(keys, shop, a.Kind, keyRing.Open(a.Address), a.Country)))];

    /// <returns>What is barred and refused of each customer, in their order.</returns>
    public static async Task<IReadOnlyList<KnownBars>> Read(
        NpgsqlConnection connection, IReadOnlyList<(ShopId Shop, IReadOnlyList<KnownAddress> Recipients)> customers, CancellationToken ct)
    {
        var rows = customers.SelectMany((c, n) => c.Recipients.SelectMany(r => r.Hashes, (r, h) => (Number: n, c.Shop, r.Kind, r.Address, h.Hash))).ToList();
        var found = customers.Select(_ => (Barred: new List<BarredAddress>(), Refused: new List<RefusedAddress>())).ToList();
        if (rows.Count == 0)
        {
            return [.. found.Select(_ => KnownBars.None)];
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
            var (what, at) = (reader.GetInt16(1), reader.GetFieldValue<DateTimeOffset>(2));
            if (what < Refusals.Refused)
            {
                found[row.Number].Barred.Add(new(row.Address, (Purpose)what, at));
            }
            else
            {
                found[row.Number].Refused.Add(new(row.Address, IsGivenAnew: what == Refusals.GivenAnew, at));
            }
        }

        return [.. found.Select(f => new KnownBars(f.Barred, f.Refused))];
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

    /// <summary>Bars what a person objected to: every address of theirs on that channel, those too that are learned later; and lifts what a consent lifts.</summary>
    public static void Add(NpgsqlBatch batch, IReadOnlyList<CustomerChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Bar is { } bar)
            {
                batch.BatchCommands.Add(Command(
                    Barring, Text(change.Shop.Value), Short((short)bar.Kind), Bytes(bar.Hash.Hash), Short((short)bar.Purpose), Int(bar.Hash.Version), Instant(change.At)));
            }

            foreach (var (channel, purpose, since, isNow) in Objected(change))
            {
                batch.BatchCommands.Add(Command(
                    Suppressions, Text(change.Shop.Value), Texts(TransactionWrites.Members(change)), Shorts(TransactionWrites.KindsOf(channel)), Instant(since), Short((short)purpose), Bool(isNow),
                    Bytes([.. change.Claims.Select(c => c.Hash.Hash)])));
            }

            foreach (var noted in change.Noted)
            {
                batch.BatchCommands.Add(Command(
                    Barring, Text(change.Shop.Value), Short((short)noted.Kind), Bytes(noted.Hash.Hash), Short(noted.What), Int(noted.Hash.Version), Instant(noted.At)));
            }

            foreach (var lifted in change.Lifted)
            {
                batch.BatchCommands.Add(Command(
                    Lifting, Text(change.Shop.Value), Short((short)lifted.Kind), Bytes([.. lifted.Hashes.Select(h => h.Hash)]), Short((short)lifted.Purpose), Instant(lifted.GivenAt)));
            }
        }
    }

    // What this change withdraws, of every address; and what the person had withdrawn before, of those that it claims: for others that may have been lifted.
    // What one of two withdrew who are linked now bars every address of both.
    private static IEnumerable<(Channel Channel, Purpose Purpose, DateTimeOffset Since, bool IsNow)> Objected(CustomerChange change)
    {
        var events = change.Events.Select(e => e.Event).ToList();
        var isLinked = events.OfType<CustomersLinked>().Any(l => l.Lead == change.After.Id);
        var withdrawn =
            from channel in Enum.GetValues<Channel>()
            from purpose in Enum.GetValues<Purpose>()
            where TransactionWrites.KindsOf(channel).Length > 0
            let since = change.After.Consents.GetValueOrDefault(ConsentKey.Of(channel, purpose))?.ObjectedSince
            where since is not null
            let isNow = isLinked || events.OfType<ConsentWithdrawn>().Any(w => w.Channel == channel && w.Purpose == purpose && w.Source != Consents.Suppression)
            where isNow || change.Claims.Count > 0
            select (channel, purpose, since.Value, isNow);
        var reported = isLinked
            ? from report in change.After.SpamReports.Values
              let since = change.After.Consents.GetValueOrDefault(ConsentKey.Of(report.Channel, Purpose.Marketing))
              where since is not { Given: true, Basis: ConsentBasis.OptIn } || since.At <= report.At
              select (report.Channel, report.At)
            : events.OfType<SpamReported>().Select(report => (report.Channel, At: change.After.RecordedAt));
        return withdrawn.Concat(reported.Select(report => (report.Channel, Purpose.Marketing, report.At, true)));
    }

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
