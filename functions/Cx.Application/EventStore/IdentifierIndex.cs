using Cx.Application.EventStore.Postgres;
using Cx.Application.Privacy;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Finds customers by what they are known by.</summary>
public sealed class IdentifierIndex(NpgsqlDataSource database)
{
    /// <summary>The customers that any of the identifiers points at, in order of precedence; of linked ones the one that leads.</summary>
    public async Task<IReadOnlyList<CustomerId>> Find(ShopId shop, IReadOnlyList<Identifier> identifiers, CancellationToken ct)
    {
        var hashes = identifiers.SelectMany(i => i.Hashes, (i, h) => (Kind: (short)i.Kind, h.Hash)).ToArray();
        await using var command = database.CreateCommand(
            """
            select coalesce(c.lead, c.id)
            from unnest($2, $3) i (kind, hash)
            cross join lateral (select customer from cx_identifiers ci where ci.shop = $1 and ci.kind = i.kind and ci.hash = i.hash limit 1) ci
            cross join lateral (select id, lead from cx_customers c where c.shop = $1 and c.id = ci.customer limit 1) c
            order by i.kind
            """);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Shorts([.. hashes.Select(h => h.Kind)]));
        command.Parameters.Add(Sql.Bytes([.. hashes.Select(h => h.Hash)]));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<CustomerId>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(new(reader.GetString(0)));
        }

        return [.. found.Distinct()];
    }
}
