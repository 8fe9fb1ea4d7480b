using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Privacy;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>A customer whom a shop's retention erases.</summary>
/// <param name="LastContactOn">In UTC.</param>
/// <param name="EraseAt">The first hourly run after it erases the customer, if nothing happens before.</param>
public sealed record InactiveCustomer(CustomerId Customer, DateOnly LastContactOn, DateTimeOffset EraseAt);

/// <summary>A part of the customers without contact for long, and after whom the next part begins; none at the end.</summary>
public sealed record InactivePage(IReadOnlyList<InactiveCustomer> Items, (DateOnly LastContactOn, string Id)? Next);

/// <summary>
/// Customers without contact for as long as their shop keeps them: listed, and erased as by hand. The day of the last contact is kept beside each customer;
/// what is open keeps whom it finds, which the customer's summary says.
/// </summary>
public sealed partial class InactiveCustomers(
    NpgsqlDataSource database, ShopDirectory shops, CustomerSummaries customers, Erasing erasing, ILogger<InactiveCustomers> log)
{
    /// <summary>Who erases, as the audit list and the log call it.</summary>
    public const string Requester = "retention";

    private const int BatchSize = 100;

    private const string Before = """
        select id, contact_on from cx_customers
        where shop = $1 and lead is null and key is not null and contact_on < $2 and (contact_on, id) > ($3, $4) order by contact_on, id limit $5
        """;

    /// <summary>Those who are erased by an instant if nothing happens before, the longest without contact first.</summary>
    /// <param name="days">How long the shop keeps them.</param>
    /// <param name="now">What is open now keeps a customer.</param>
    /// <param name="atMost">How many are looked at: there may be fewer.</param>
    public async Task<InactivePage> List(
        ShopId shop, int days, DateTimeOffset now, DateTimeOffset until, (DateOnly LastContactOn, string Id)? after, int atMost, CancellationToken ct)
    {
        var found = await database.Rows(
            Before, reader => (Id: reader.GetString(0), LastContactOn: reader.GetFieldValue<DateOnly>(1)), ct,
            Sql.Text(shop.Value), Sql.Day(DateOnly.FromDateTime(until.UtcDateTime).AddDays(-days)), Sql.Day(after?.LastContactOn ?? DateOnly.MinValue), Sql.Text(after?.Id ?? ""),
            Sql.Int(atMost));
        var facts = await shops.Get(shop, ct) ?? throw new UnknownShopException(shop);
        var looked = await customers.Of(facts, [.. found.Select(f => new CustomerId(f.Id))], now, ct);
        var items = found.Zip(looked, (f, l) => (Inactive: new InactiveCustomer(l.Id, f.LastContactOn, Inactivity.ErasedFrom(f.LastContactOn, days)), l.Summary))
            .Where(i => i.Summary is not null && i.Summary.KeptUntil <= now && !IsInContact(i.Summary, days, until));
        return new([.. items.Select(i => i.Inactive)], looked.Count == atMost || looked.Count < found.Count ? (found[looked.Count - 1].LastContactOn, found[looked.Count - 1].Id) : null);
    }

    /// <summary>Erases, shop by shop, whoever is due.</summary>
    /// <returns>How many were erased.</returns>
    public async Task<int> Erase(DateTimeOffset now, CancellationToken ct)
    {
        var erased = 0;
        string? last = "";
        while (last is not null)
        {
            var page = await shops.List(last, BatchSize, ct);
            foreach (var shop in page)
            {
                erased += shop.Settings.RetentionDays is { } days ? await Erase(shop.Id, days, now, ct) : 0;
            }

            last = page.Count == BatchSize ? page[^1].Id.Value : null;
        }

        return erased;
    }

    private async Task<int> Erase(ShopId shop, int days, DateTimeOffset now, CancellationToken ct)
    {
        var erased = 0;
        for (InactivePage? page = null; page is null || page.Next is not null;)
        {
            page = await List(shop, days, now, now, page?.Next, BatchSize, ct);
            foreach (var inactive in page.Items)
            {
                try
                {
                    await erasing.Erase(shop, inactive.Customer, Requester, new(AuditAction.Erased, Requester, "retention"), ct);
                    erased++;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    Failed(log, inactive.Customer, shop, e);
                }
            }
        }

        return erased;
    }

    private static bool IsInContact(CustomerSummary summary, int days, DateTimeOffset until) =>
        summary.LastContactAt is { } last && Inactivity.ErasedFrom(DateOnly.FromDateTime(last.UtcDateTime), days) > until;

    [LoggerMessage(Level = LogLevel.Error, Message = "Customer {Customer} of {Shop}, without contact for as long as the shop keeps anybody, could not be erased; retried in an hour")]
    private static partial void Failed(ILogger logger, CustomerId customer, ShopId shop, Exception error);
}
