using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Npgsql;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>A message in a list.</summary>
/// <param name="Language">BCP 47; none of one queued by a version that did not list it.</param>
/// <param name="NotBefore">Queued: the earliest instant of the next attempt.</param>
public sealed record MessageSummaryResponse(
    MessageId Id, CustomerId Customer, FollowUpId FollowUp, string Step, string Template, string Channel, string Category, OrderId? Order,
    string? Language, string State, DateTimeOffset QueuedAt, DateTimeOffset? NotBefore);

/// <summary>Finds messages.</summary>
public sealed class MessageDirectory(NpgsqlDataSource database)
{
    private const string Newest = """
        select message, coalesce((select lead from cx_customers c where c.shop = o.shop and c.id = o.customer), customer), follow_up, step, template, channel, category, order_id,
          status, queued_at, due_at, language
        from cx_outbox o where shop = $1 and ($2 is null or status = $2) and ($3 is null or (queued_at, message) < ($3, $4))
          and ($6 or not exists (
            select from cx_states s
            where s.shop = o.shop and s.customer = coalesce((select lead from cx_customers c where c.shop = o.shop and c.id = o.customer), o.customer)
              and s.kind = 0 and s.id = '' and s.part = '' and s.data #>> '{customer,restriction,stands}' = 'true'))
        order by queued_at desc, message desc limit $5
        """;

    private const string One = "select customer, content from cx_outbox where shop = $1 and message = $2";

    /// <param name="withRestricted">Whether those of customers whose processing is restricted are listed.</param>
    public async Task<Page<MessageSummaryResponse>> List(ShopId shop, MessageStatus? state, PageRequest page, bool withRestricted, CancellationToken ct)
    {
        var (instant, id) = page.AfterKey();
        await using var command = database.CreateCommand(Newest);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(state is { } s ? JsonNaming.Kebab(s) : null));
        command.Parameters.Add(new NpgsqlParameter { Value = instant is { } at ? at.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        command.Parameters.Add(Sql.Text(id));
        command.Parameters.Add(Sql.Int(page.Limit + 1));
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = withRestricted });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var read = new List<MessageSummaryResponse>();
        while (await reader.ReadAsync(ct))
        {
            var status = reader.GetString(8);
            read.Add(new(
                new(reader.GetString(0)), new(reader.GetString(1)), new(reader.GetString(2)), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                reader.TextOrNull(7) is { } order ? new(order) : null, reader.TextOrNull(11), status, reader.GetFieldValue<DateTimeOffset>(9),
                status == JsonNaming.Kebab(MessageStatus.Queued) ? reader.GetFieldValue<DateTimeOffset>(10) : null));
        }

        return page.Page(read, m => PageRequest.KeyOf(m.QueuedAt, m.Id.Value));
    }

    /// <summary>The customer of a message, and what was handed over, sealed.</summary>
    public async Task<(CustomerId Customer, string? Content)?> Find(ShopId shop, MessageId message, CancellationToken ct)
    {
        await using var command = database.CreateCommand(One);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(message.Value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (new(reader.GetString(0)), reader.TextOrNull(1)) : null;
    }
}
