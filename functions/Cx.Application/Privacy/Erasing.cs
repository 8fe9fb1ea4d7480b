using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>
/// Erases customers. The register outside the database is written first: after a crash in between the erasure is applied at the next start,
/// and after a restore of an older copy it is applied again.
/// </summary>
public sealed class Erasing(
    NpgsqlDataSource database, IEventStore store, CustomerDirectory customers, IErasureRegister register, InstallationKeys keys, TimeProvider clock)
{
    private const string SuppressedOf = """
        select s.kind, s.key_version, s.hash, s.purpose
        from cx_suppressions s join cx_identifiers i on i.shop = s.shop and i.kind = s.kind and i.hash = s.hash and s.purpose < 2
        where i.shop = $1 and i.customer = any($2)
        """;

    private const string Restore = """
        insert into cx_suppressions (shop, kind, hash, purpose, key_version, objected_at) select $1, k, h, p, v, $6 from unnest($2, $3, $4, $5) r (k, v, h, p)
        on conflict (shop, kind, hash, purpose) do nothing
        """;

    private static readonly string NumbersOf = $"""
        select kind, key_version, hash, customer from cx_identifiers
        where shop = $1 and customer = any($2) and kind in ({(int)IdentifierKind.Order}, {(int)IdentifierKind.ShopCustomerId}) order by kind, hash
        """;

    // A reference that deliveries wait for is taken from them too.
    private const string Forgotten = $"""
        with erased as (
          insert into cx_identifiers (shop, kind, hash, key_version, customer) select $1, k, h, v, '{TransactionWrites.Erased}' from unnest($2, $3, $4) r (k, h, v)
          on conflict (shop, kind, hash) do update set customer = excluded.customer where cx_identifiers.customer is null),
        waiting as (delete from cx_waiting w using unnest($2, $3) r (k, h) where w.shop = $1 and w.kind = r.k and w.hash = r.h returning w.delivery)
        delete from cx_archive a using (select distinct delivery from waiting) w where a.shop = $1 and a.delivery = w.delivery
        """;

    private const string Register = "erasure-register";

    private const string IsHeld = "select exists (select 1 from cx_customers where shop = $1 and id = $2 and key is not null)";

    /// <summary>Erases a customer and those linked to it; does nothing when it is erased already.</summary>
    /// <param name="requester">Who asked: <c>api</c>, or the source's name; never a person.</param>
    /// <param name="audit">What is written down of it.</param>
    /// <exception cref="UnknownCustomerException">There is no such customer.</exception>
    public async Task Erase(ShopId shop, CustomerId id, string requester, Audit audit, CancellationToken ct)
    {
        // Where another customer was linked meanwhile, that one has to be in the register too.
        for (var isErased = false; !isErased;)
        {
            var customer = await customers.Find(shop, id, StateQuery.Open, ct) ?? throw new UnknownCustomerException(shop, id);
            if (customer.IsErased)
            {
                return;
            }

            var members = CustomerDirectory.Ids(customer);
            var suppressed = await Barred(shop, members, ct);
            var numbers = await Numbers(shop, members, ct);
            foreach (var member in members)
            {
                await register.Append(new(shop, new(member), clock.GetUtcNow(), suppressed, numbers.GetValueOrDefault(member)), ct);
            }

            isErased = (await EraseInStore(shop, id, requester, audit, c => c.Ids.All(customer.Ids.Contains), ct)).Events.Count > 0;
        }
    }

    /// <summary>Takes no more news of orders and shop customer ids that nobody holds: those of an erased person stay erased, whether they were seen or not.</summary>
    public async Task Forget(ShopId shop, IReadOnlyList<Identifier> identifiers, CancellationToken ct)
    {
        if (identifiers.Count == 0)
        {
            return;
        }

        IReadOnlyList<ForgottenId> ids = [.. identifiers.Select(i => new ForgottenId(i.Kind, i.Hashes[0].Version, i.Hashes[0].Hash))];
        await register.Append(new(shop, Erasure.Nobody, clock.GetUtcNow(), [], ids), ct);
        await ForgetInStore(shop, ids, ct);
    }

    /// <summary>Applies the register to a database that may be older than it.</summary>
    /// <returns>How many customers the database still held and were erased again.</returns>
    /// <exception cref="KeyMismatchException">The register holds hashes under a version of the lookup key that was not given: they would not be recognised.</exception>
    public async Task<int> Reapply(CancellationToken ct)
    {
        var again = 0;
        HashSet<(ShopId, CustomerId)>? erased = null;
        await foreach (var erasure in register.ReadAll(ct))
        {
            RequireLookupKeys(erasure);
            if (erasure.Forgotten is { Count: > 0 } ids)
            {
                await ForgetInStore(erasure.Shop, ids, ct);
            }

            if (erasure.Suppressed.Count > 0)
            {
                await using var restore = Query(
                    Restore, Sql.Text(erasure.Shop.Value), Sql.Shorts([.. erasure.Suppressed.Select(s => (short)s.Kind)]),
                    Sql.Ints([.. erasure.Suppressed.Select(s => (int?)s.Version)]), Sql.Bytes([.. erasure.Suppressed.Select(s => s.Hash)]), Sql.Shorts([.. erasure.Suppressed.Select(s => (short)s.Purpose)]), Sql.Instant(erasure.At));
                await restore.ExecuteNonQueryAsync(ct);
            }

            await using var held = Query(IsHeld, Sql.Text(erasure.Shop.Value), Sql.Text(erasure.Customer.Value));
            if (await held.ExecuteScalarAsync(ct) is not true)
            {
                continue;
            }

            var customer = (await customers.Find(erasure.Shop, erasure.Customer, StateQuery.Open, ct))!;
            if (!customer.Members.IsEmpty)
            {
                // Whoever the register does not name had been parted from this one when it was erased.
                erased ??= await register.ReadAll(ct).Select(e => (e.Shop, e.Customer)).ToHashSetAsync(null, ct);
                foreach (var other in customer.Ids.Where(o => !erased.Contains((erasure.Shop, o))))
                {
                    await store.Unlink(erasure.Shop, erasure.Customer, other, new Command($"erasure-{erasure.Customer}", "erase-customer", Register), ct);
                }
            }

            await EraseInStore(erasure.Shop, erasure.Customer, Register, new(AuditAction.Erased, Register, "apply-register"), _ => true, ct);
            again++;
        }

        return again;
    }

    private void RequireLookupKeys(Erasure erasure)
    {
        var versions = erasure.Suppressed.Select(s => s.Version).Concat((erasure.Forgotten ?? []).Select(f => f.Version));
        if (versions.Except(keys.Lookup.Versions).ToList() is [var missing, ..])
        {
            throw new KeyMismatchException(
                $"The erasure register holds objections or ids of erased people under version {missing} of the lookup key, which was not given: they would not be recognised. "
                + $"Give it beside the current one ({InstallationKeys.Setting}, or the key file).");
        }
    }

    private async Task ForgetInStore(ShopId shop, IReadOnlyList<ForgottenId> ids, CancellationToken ct)
    {
        var rows = ids.OrderBy(i => i.Kind).ThenBy(i => Convert.ToHexString(i.Hash), StringComparer.Ordinal).ToList();
        await using var command = Query(
            Forgotten, Sql.Text(shop.Value), Sql.Shorts([.. rows.Select(r => (short)r.Kind)]), Sql.Bytes([.. rows.Select(r => r.Hash)]), Sql.Ints([.. rows.Select(r => (int?)r.Version)]));
        await command.ExecuteNonQueryAsync(ct);
    }

    // After a restore of a copy from before an order, or before the customer, only these tell whose late news it is.
    private async Task<Dictionary<string, IReadOnlyList<ForgottenId>>> Numbers(ShopId shop, string[] members, CancellationToken ct)
    {
        await using var command = Query(NumbersOf, Sql.Text(shop.Value), Sql.Texts(members));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var numbers = new List<(string Customer, ForgottenId Id)>();
        while (await reader.ReadAsync(ct))
        {
            numbers.Add((reader.GetString(3), new((IdentifierKind)reader.GetInt16(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2))));
        }

        return numbers.GroupBy(n => n.Customer, n => n.Id).ToDictionary(g => g.Key, g => (IReadOnlyList<ForgottenId>)[.. g]);
    }

    private async Task<IReadOnlyList<Suppressed>> Barred(ShopId shop, string[] members, CancellationToken ct)
    {
        await using var command = Query(SuppressedOf, Sql.Text(shop.Value), Sql.Texts(members));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var suppressed = new List<Suppressed>();
        while (await reader.ReadAsync(ct))
        {
            suppressed.Add(new((IdentifierKind)reader.GetInt16(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2), (Purpose)reader.GetInt16(3)));
        }

        return suppressed;
    }

    private NpgsqlCommand Query(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private Task<Outcome> EraseInStore(ShopId shop, CustomerId customer, string requester, Audit audit, Func<Customer, bool> isRegistered, CancellationToken ct) => store.Transact(
        shop, new CustomerRef.ById(customer), new Command($"erasure-{customer}", "erase-customer", requester) { Reads = StateQuery.Open, Audit = audit },
        (state, context) => isRegistered(state) ? Recording.Decide(state, context, [new CustomerErased(requester, context.At)]) : [], ct);
}
