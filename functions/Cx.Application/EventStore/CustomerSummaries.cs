using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>A part of the customers in the order of their ids, and after whom the next part begins; none at the end.</summary>
public sealed record SummaryPage(IReadOnlyList<(CustomerId Id, CustomerSummary Summary)> Items, string? Next);

/// <summary>
/// Lists customers. What a list shows of each is kept beside the customer, and holds as long as neither the customer nor the shop's settings change, and no
/// deadline passes: a list reads one row a customer, however long the histories are. Where it holds no longer, the list makes and keeps it anew.
/// </summary>
public sealed class CustomerSummaries(NpgsqlDataSource database, CustomerDirectory customers)
{
    // Each is looked up by its key.
    private const string Held = """
        left join lateral (
          select data from cx_summaries
          where shop = $1 and customer = c.id and version = c.version and fold = $2 and formula = $3 and settings = $4 and made_at <= $5 and until > $5 offset 0) s on true
        """;

    private const string Page = $"""
        select c.id, s.data
        from (select id, version from cx_customers where shop = $1 and id > $6 and lead is null and key is not null order by id limit $7) c
        {Held} order by c.id
        """;

    private const string ById = $"""
        select c.id, s.data
        from unnest($6) r (id), lateral (select id, version from cx_customers where shop = $1 and id = r.id and lead is null and key is not null limit 1) c
        {Held}
        """;

    // Nothing is kept of a customer who was changed or erased since the state was read: until this statement is committed, nobody is. In the order of the ids,
    // as transactions lock customers: none waits for another in a circle.
    private const string Keep = """
        insert into cx_summaries (shop, customer, version, fold, formula, settings, made_at, until, data)
        select c.shop, c.id, c.version, $2, $3, $4, $5, r.until, r.data
        from unnest($6, $7, $8, $9) r (id, version, until, data),
        lateral (select shop, id, version from cx_customers where shop = $1 and id = r.id and version = r.version and key is not null limit 1 for share) c
        on conflict (shop, customer) do update
          set version = excluded.version, fold = excluded.fold, formula = excluded.formula, settings = excluded.settings, made_at = excluded.made_at, until = excluded.until, data = excluded.data
        """;

    /// <summary>
    /// A page ends before its limit once the customers whose summaries it has made have so many events together: their items are read in about a second. Read
    /// again, it is whole.
    /// </summary>
    public long MostEvents { get; init; } = 20_000;

    /// <summary>Customers without those that were erased. The items of one of them at most are held at a time.</summary>
    /// <param name="limit">There may be fewer although there is a next part.</param>
    public async Task<SummaryPage> List(ShopFacts shop, string? after, int limit, DateTimeOffset at, CancellationToken ct)
    {
        var found = await Find(Page, shop, at, ct, Sql.Text(after ?? ""), Sql.Int(limit + 1));
        var listed = await Complete(shop, [.. found.Take(limit)], at, ct);
        return new([.. from c in listed where c.Summary is not null select (c.Id, c.Summary)], listed.Count < found.Count ? listed[^1].Id.Value : null);
    }

    /// <summary>Some customers in this order, each with none where it was erased or linked meanwhile; the first of them, where too much would be read of all.</summary>
    public async Task<IReadOnlyList<(CustomerId Id, CustomerSummary? Summary)>> Of(ShopFacts shop, IReadOnlyList<CustomerId> ids, DateTimeOffset at, CancellationToken ct)
    {
        var found = (await Find(ById, shop, at, ct, Sql.Texts([.. ids.Select(i => i.Value)]))).ToDictionary(f => f.Id, f => f.Kept);
        return await Complete(shop, [.. from id in ids select (id, found.GetValueOrDefault(id))], at, ct);
    }

    private Task<IReadOnlyList<(CustomerId Id, byte[]? Kept)>> Find(string sql, ShopFacts shop, DateTimeOffset at, CancellationToken ct, params NpgsqlParameter[] which) =>
        database.Rows(
            sql, r => (new CustomerId(r.GetString(0)), r.BytesOrNull(1)), ct,
            [Sql.Text(shop.Id.Value), Sql.Int(Customer.FoldVersion), Sql.Int(CustomerSummary.Version), Sql.Long(shop.Version), Sql.Instant(at), .. which]);

    private async Task<IReadOnlyList<(CustomerId Id, CustomerSummary? Summary)>> Complete(
        ShopFacts shop, IReadOnlyList<(CustomerId Id, byte[]? Kept)> found, DateTimeOffset at, CancellationToken ct)
    {
        var listed = new List<(CustomerId Id, CustomerSummary? Summary)>();
        var made = new List<(CustomerId Id, long Version, CustomerSummary Summary)>();
        foreach (var (id, kept) in found.TakeWhile(f => f.Kept is not null || made.Sum(m => m.Version) < MostEvents))
        {
            if (kept is not null)
            {
                listed.Add((id, JsonSerializer.Deserialize<CustomerSummary>(kept, EventCatalog.Json)));
            }
            else if (await customers.Find(shop.Id, id, StateQuery.Everything, ct) is { IsErased: false } customer && customer.Id == id)
            {
                made.Add((id, customer.Version, CustomerSummary.Of(customer, shop, at)));
                listed.Add((id, made[^1].Summary));
            }
            else
            {
                listed.Add((id, null));
            }
        }

        await KeepAll(shop, at, made, ct);
        return listed;
    }

    private async Task KeepAll(ShopFacts shop, DateTimeOffset at, List<(CustomerId Id, long Version, CustomerSummary Summary)> made, CancellationToken ct)
    {
        if (made.Count > 0)
        {
            made.Sort((one, other) => string.CompareOrdinal(one.Id.Value, other.Id.Value));
            await using var command = database.CreateCommand(Keep);
            command.Parameters.AddRange(new[]
            {
                Sql.Text(shop.Id.Value), Sql.Int(Customer.FoldVersion), Sql.Int(CustomerSummary.Version), Sql.Long(shop.Version), Sql.Instant(at),
                Sql.Texts([.. made.Select(m => m.Id.Value)]), Sql.Longs([.. made.Select(m => m.Version)]), Sql.Instants([.. made.Select(m => (DateTimeOffset?)m.Summary.Until)]),
                Sql.Json([.. made.Select(m => JsonSerializer.SerializeToUtf8Bytes(m.Summary, EventCatalog.Json))]),
            });
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
