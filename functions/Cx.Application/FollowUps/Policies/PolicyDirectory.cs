using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;
using Marten;

namespace Cx.Application.FollowUps.Policies;

/// <summary>The contact policies that shops published, and what they are to publish next.</summary>
public sealed class PolicyDirectory(IDocumentStore marten)
{
    // Versions count from 1 without a gap.
    private const string Published = """
        select data from mt_events where tenant_id = $1 and stream_id = $2 and type = 'policy-published.v1' order by version offset $3 limit 1
        """;

    public async Task<ShopPolicy> Get(ShopId shop, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        return await MartenFailures.Unwrapped(session.LoadAsync<ShopPolicy>(Shop.StreamKey, ct)) ?? ShopPolicy.New(shop);
    }

    /// <summary>None where the shop published no such version.</summary>
    public async Task<ContactPolicy?> Find(ShopId shop, int version, CancellationToken ct)
    {
        if (version < 1)
        {
            return null;
        }

        await using var session = marten.QuerySession(shop.Value);
        await using var command = Sql.Single(Published, Sql.Text(shop.Value), Sql.Text(Shop.StreamKey), Sql.Int(version - 1));
        await using var reader = await MartenFailures.Unwrapped(session.ExecuteReaderAsync(command, ct));
        return await reader.ReadAsync(ct) ? ((PolicyPublished)EventCatalog.Read("policy-published.v1", reader.GetFieldValue<byte[]>(0))).Document : null;
    }
}
