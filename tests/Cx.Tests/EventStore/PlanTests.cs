using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;
using Cx.Tests.Shops;
using Cx.Tests.Support;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>
/// Every statement that the product runs is served by an index in an installation of a million events and a hundred thousand customers. The statements are
/// taken from a session in which all that the product does was done once.
/// </summary>
public sealed class PlanTests
{
    private const int Customers = 100_000;

    private const int Shops = 10_000;

    // Read whole, and why that does not grow with the installation, or is done rarely by its nature.
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["update cx_customers set due_at = $2 where shop"] = "new settings concern all customers of the shop who have something planned",
        ["select shop, id, key_version, key from"] = "a rotation of the wrapping key rewraps every key once",
    };

    // Holds only what is being sent.
    private const string Sending = "cx_outbox_sending";

    private static readonly HandClock Clock = new(StoreRig.Start);

    [Fact]
    public async Task Every_statement_is_served_by_an_index_at_a_million_events()
    {
        var connection = new NpgsqlConnectionStringBuilder(await Database.Prepared()) { MaxPoolSize = 1, MaxAutoPrepare = 1000, AutoPrepareMinUsages = 1, CommandTimeout = 300 };
        await using var host = await ApiHost.Start(Clock, connection: connection.ConnectionString);
        await host.Put($"api/shops/{ApiHost.Shop}", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" } });
        await Fill(connection.ConnectionString);

        await DoEverything(host);

        var (plans, scans) = await Plans(host.Database);
        Assert.True(plans > 40, $"Only {plans} statements were seen.");
        Assert.True(scans.Count == 0, string.Join(Environment.NewLine, scans));
    }

    // As many rows as an installation of that size has in each table that grows.
    private static async Task Fill(string connection)
    {
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = 2, MaxAutoPrepare = 0 });
        foreach (var sql in new[]
        {
            $"insert into mt_streams (tenant_id, id, version) select '{ApiHost.Shop}', 'customer-c' || n, 10 from generate_series(1, {Customers}) n",
            $$"""
            insert into mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id)
            select nextval('mt_events_sequence'), gen_random_uuid(), '{{ApiHost.Shop}}', 'customer-c' || n, v, case v when 1 then 'follow-up-started.v1' else 'visit-made.v1' end,
              jsonb_build_object('followUp', 'f' || n, 'occurredAt', now()), now(), 'c' || n
            from generate_series(1, {{Customers}}) n, generate_series(1, 10) v
            """,
            $"""
            insert into cx_customers (shop, id, version, fold, recorded_at, due_at, key_version, key)
            select '{ApiHost.Shop}', 'c' || n, 10, {Customer.FoldVersion}, now(), now() + n * interval '1 minute', 1, decode(md5(n::text), 'hex') from generate_series(1, {Customers}) n
            """,
            $"insert into cx_states (shop, customer, kind, id, part, reach, data) select '{ApiHost.Shop}', 'c' || n, 0, '', '', 2, json_build_object('customer', json_build_object('id', 'c' || n)) from generate_series(1, {Customers}) n",
            $$"""
            insert into cx_states (shop, customer, kind, id, part, reach, at, data)
            select '{{ApiHost.Shop}}', 'c' || n, 6, 'r' || i, '', 0, now(), to_json(now()) from generate_series(1, {{Customers}}) n, generate_series(1, 3) i
            """,
            $"insert into cx_identifiers select '{ApiHost.Shop}', k, decode(md5(k || ' ' || n), 'hex'), 1, 'c' || n from generate_series(1, {Customers}) n, generate_series(0, 1) k",
            $"insert into cx_suppressions select '{ApiHost.Shop}', 1, decode(md5('s' || n), 'hex'), 0, 1, now() from generate_series(1, {Customers}) n",
            $"insert into cx_deliveries select '{ApiHost.Shop}', decode(md5('d' || n), 'hex'), 1, decode(md5(n::text), 'hex'), 'shopify', 'orders/create', now() from generate_series(1, {Customers}) n",
            $"""
            insert into cx_archive (shop, delivery, customer, received_at, key_version, key, data)
            select '{ApiHost.Shop}', decode(md5('d' || n), 'hex'), 'c' || n, now(), 1, '\x01', '\x02' from generate_series(1, {Customers}) n
            """,
            $"""
            insert into cx_outbox (shop, message, customer, follow_up, step, template, channel, category, status, due_at, queued_at)
            select '{ApiHost.Shop}', 'm' || n, 'c' || n, 'f' || n, 'thank-you', 'thank-you', 'email', 'transactional', 'accepted', now(), now() from generate_series(1, {Customers}) n
            """,
            $"""
            insert into cx_waiting select '{ApiHost.Shop}', 5, decode(md5('w' || n), 'hex'), decode(md5('w' || n), 'hex'), 'shopify', 1, '\x01', '[]', now() from generate_series(1, {Customers}) n
            """,
            $"""
            insert into cx_failed_deliveries select '{ApiHost.Shop}', decode(md5('x' || n), 'hex'), 'shopify', 'orders/create', 'odd', 1, '\x01', '\x02', now(), 1 from generate_series(1, {Customers}) n
            """,
            $$"""insert into cx_view_rows select 'affinity', 1, '{{ApiHost.Shop}}', 'p' || n, '{}' from generate_series(1, {{Customers}}) n""",
            $"insert into mt_doc_shop (tenant_id, id, data, mt_version) select 's' || n, 'shop', d.data || jsonb_build_object('id', 's' || n), 1 from mt_doc_shop d, generate_series(1, {Shops}) n",
            $"""
            insert into mt_doc_shop_keys (tenant_id, id, data, mt_version)
            select 's' || n, 'shop', jsonb_build_object('id', 's' || n, 'keys', jsonb_build_array(jsonb_build_object('id', 'k' || n, 'hash', encode(sha256(n::text::bytea), 'hex')))), 1
            from generate_series(1, {Shops}) n
            """,
            "analyze",
        })
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task DoEverything(ApiHost host)
    {
        ICustomerEvent[] facts = [Learned("ada@example.com", "+390612345", "Ada"), Placed("o1"), Complained("k1", "late", "o1")];
        (IdentifierKind, string)[] names = [(IdentifierKind.Order, "o1"), (IdentifierKind.Email, "ada@example.com")];
        await host.Report([(IdentifierKind.Email, "grace@example.com")], [Learned("grace@example.com")]);
        var ada = await host.Report(names, facts);
        await host.Report(names, [Delivered("o1"), Objected()]);
        var path = $"api/shops/{ApiHost.Shop}";
        var id = $"{path}/customers/{ada}";
        foreach (var read in new[]
        {
            "api/shops", path, $"{path}/customers?limit=50", id, $"{id}/experience", $"{id}/touchpoints?limit=2", $"{id}/touchpoints?limit=2&order=desc", $"{id}/export",
            $"{id}/follow-ups", $"{path}/messages", $"{path}/messages?status=queued", $"{path}/messages/m5", $"{path}/failed-deliveries", $"{path}/keys", $"{path}/sources", "health/ready",
        })
        {
            await host.Client.GetAsync(read);
        }

        await host.Post($"{path}/customers/lookup", new { email = "ada@example.com" });
        await host.Put($"{id}/consents", new { channel = "email", purpose = "marketing", given = true });
        await host.Post($"{id}/complaints", new { text = "late", channel = "email" });
        await host.Put($"{path}/sources/shopify", new { secret = "a-secret-of-the-source" });
        await host.Put($"{path}/sending", new { sending = "on" });
        using var support = host.With(await KeyTests.Create(host, ApiHost.Shop, "read"));
        await support.GetAsync(id);
        var store = host.Get<MartenEventStore>();
        await store.Wake(Clock.GetUtcNow(), TimeSpan.Zero, 10, (c, context) => FollowUpDecisions.Wake(c, context, OfferChoice.NotLookedUp), default);
        await host.Get<OutboxQueue>().LeaseQueued(Clock.GetUtcNow(), 10, default);
        await host.Get<OutboxQueue>().LeaseAbandoned(10, default);
        await host.Get<OutboxQueue>().Own(default);
        await host.Get<Retention>().Apply(Clock.GetUtcNow(), default);
        await host.Client.DeleteAsync(id);
    }

    private static async Task<(int Plans, List<string> Scans)> Plans(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        var statements = new List<(string Name, string Sql, string[] Parameters)>();
        await using (var read = new NpgsqlCommand("select name, statement, parameter_types::text[] from pg_prepared_statements", connection))
        await using (var reader = await read.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                statements.Add((reader.GetString(0), reader.GetString(1), reader.GetFieldValue<string[]>(2)));
            }
        }

        var scans = new List<string>();
        var plans = 0;
        foreach (var (name, sql, parameters) in statements.Where(s => IsPlanned(s.Sql) && !Exceptions.Keys.Any(e => s.Sql.Contains(e, StringComparison.Ordinal))))
        {
            var execute = $"execute \"{name}\"" + (parameters.Length == 0 ? "" : $"({string.Join(", ", parameters.Select(Sample))})");
            var (generic, custom) = (await Plan(connection, "force_generic_plan", execute), await Plan(connection, "force_custom_plan", execute));

            // As PostgreSQL does, which keeps a plan for all parameters only where those for the given ones are no cheaper.
            var chosen = (double)generic["Total Cost"]! < (double)custom["Total Cost"]! ? generic : custom;
            plans++;
            scans.AddRange(Scans(chosen).Select(scan => $"{scan}: {sql}"));
        }

        return (plans, scans);
    }

    private static async Task<JsonNode> Plan(NpgsqlConnection connection, string mode, string execute)
    {
        await using var set = new NpgsqlCommand($"set plan_cache_mode = {mode}", connection);
        await set.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand($"explain (format json) {execute}", connection);
        return JsonNode.Parse((string)(await explain.ExecuteScalarAsync())!)![0]!["Plan"]!;
    }

    // What a caller may give, of the parameter's type.
    private static string Sample(string type) => type switch
    {
        _ when type.EndsWith("[]", StringComparison.Ordinal) => $"array[{Sample(type[..^2])}]::{type}",
        "integer" or "smallint" or "bigint" or "double precision" or "oid" => "50",
        "boolean" => "true",
        "bytea" => @"'\x01'",
        "timestamp with time zone" => "now()",
        "interval" => "interval '1 minute'",
        "uuid" => "gen_random_uuid()",
        "json" or "jsonb" => "'{}'",
        _ => $"'{ApiHost.Shop}'",
    };

    private static bool IsPlanned(string sql) =>
        new[] { "select", "insert", "update", "delete", "with" }.Any(verb => sql.TrimStart().StartsWith(verb, StringComparison.OrdinalIgnoreCase))
        && !sql.Contains("pg_catalog", StringComparison.Ordinal) && !sql.Contains("pg_prepared_statements", StringComparison.Ordinal);

    // A whole table of those that grow, or a whole index of one, is read.
    private static IEnumerable<string> Scans(JsonNode plan)
    {
        var (type, table) = ((string)plan["Node Type"]!, (string?)plan["Relation Name"]);
        var grows = table is "mt_events" or "mt_streams" or "cx_customers" or "cx_identifiers" or "cx_suppressions" or "cx_deliveries" or "cx_archive" or "cx_outbox" or "cx_waiting"
            or "cx_failed_deliveries" or "cx_view_rows" or "cx_states" or "mt_doc_shop" or "mt_doc_shop_keys";
        if (grows && (type == "Seq Scan" || (type is "Index Scan" or "Index Only Scan" && plan["Index Cond"] is null && (string?)plan["Index Name"] != Sending)))
        {
            yield return $"{type} of {table}";
        }

        if (type == "Sort" && (double)plan["Plan Rows"]! > 20_000)
        {
            yield return $"Sort of {plan["Plan Rows"]} rows";
        }

        foreach (var scan in plan["Plans"]?.AsArray().SelectMany(p => Scans(p!)) ?? [])
        {
            yield return scan;
        }
    }
}
