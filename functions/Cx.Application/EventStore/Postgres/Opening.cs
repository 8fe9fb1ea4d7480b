using Cx.Domain;

namespace Cx.Application.EventStore.Postgres;

public sealed partial class PostgresEventStore : ICustomerReader
{
    public async Task<OpenCustomer?> Open(ShopId shop, CustomerId customer, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var loaded = await Load(connection, shop, new CustomerRef.ById(customer), delivery: null, locking: false, ct);
        if (loaded.Customers.Count == 0)
        {
            return null;
        }

        var row = loaded.Customers[0];
        var facts = await shops.Get(shop, loaded.ShopVersion, connection, ct);
        return new(await State(connection, shop, row, ct), facts, row.Key is null ? null : KeyOf(shop, row));
    }
}
