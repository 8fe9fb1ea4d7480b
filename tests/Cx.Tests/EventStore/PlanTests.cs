using System.Text.Json.Nodes;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.EventStore;

/// <summary>
/// Every statement that the product runs is served by an index in an installation of a million events and a hundred thousand customers. The statements are
/// taken from the sessions in which all that the product does was done once.
/// </summary>
public sealed partial class PlanTests
{
    private const int Customers = 100_000;

    private const int Shops = 10_000;

    // More than are in use at once.
    private const int Sessions = 12;

    // Read whole, and why that does not grow with the installation, or is done rarely by its nature.
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["key_version, key from cx_"] = "while a former wrapping key is given, all keys are read once an hour, page after page",
        ["key_version, secrets from cx_sources"] = "as above",
    };

    // Indexes read from their beginning.
    private static readonly Dictionary<string, string> InOrder = new()
    {
        ["cx_outbox_sending"] = "holds only what is being sent",
        ["cx_simulations_open"] = "holds only what waits or runs",
        ["cx_orphaned_blobs_orphaned"] = "every row counts, up to the limit",
        ["cx_archive_here"] = "every row counts, up to the limit, but for the few that a process is moving",
        ["cx_archive_away"] = "every row counts, up to the limit, but for the few that a process is moving",
    };

    // One row, or one for each view or subscription, or for each shop that was changed just now.
    private static readonly string[] Small = ["cx_layout", "cx_fingerprints", "cx_views", "cx_plan_changes", "cx_heartbeat", "mt_events_sequence", "mt_event_progression", "mt_event_projection_floors"];

    // What is read whole before its first row is returned has fewer rows.
    private const int Many = 20_000;

    private static readonly HandClock Clock = new(StoreRig.Start);

    [Fact]
    public async Task Every_statement_is_served_by_an_index_at_a_million_events()
    {
        var connection = new NpgsqlConnectionStringBuilder(await Database.Prepared())
        {
            MaxPoolSize = Sessions,
            MaxAutoPrepare = 1000,
            AutoPrepareMinUsages = 1,
            CommandTimeout = 300,
            ConnectionIdleLifetime = 3600,
        };
        await using var host = await ApiHost.Start(Clock, new OneErasure(), connection.ConnectionString, Keys);
        await host.Put($"api/shops/{ApiHost.Shop}", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" } });
        await Fill(connection.ConnectionString);

        await DoEverything(host);

        var (plans, scans) = await Plans(host.Database);
        Assert.True(plans > 120, $"Only {plans} statements were seen.");
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
            insert into cx_customers (shop, id, version, fold, recorded_at, due_at, key_version, key, contact_on)
            select '{ApiHost.Shop}', 'c' || n, 10, {Customer.FoldVersion}, now(), now() + n * interval '1 minute', 2, decode(md5(n::text), 'hex'), current_date - n % 400 from generate_series(1, {Customers}) n
            """,
            $"insert into cx_states (shop, customer, kind, id, part, reach, data) select '{ApiHost.Shop}', 'c' || n, 0, '', '', 2, json_build_object('customer', json_build_object('id', 'c' || n)) from generate_series(1, {Customers}) n",
            $$"""
            insert into cx_states (shop, customer, kind, id, part, reach, at, data)
            select '{{ApiHost.Shop}}', 'c' || n, 6, 'r' || i, '', 0, now(), to_json(now()) from generate_series(1, {{Customers}}) n, generate_series(1, 3) i
            """,
            $"insert into cx_summaries select '{ApiHost.Shop}', 'c' || n, 10, 0, 1, 1, now(), 'infinity', '{{}}' from generate_series(1, {Customers}) n",
            $"insert into cx_identifiers select '{ApiHost.Shop}', k, decode(md5(k || ' ' || n), 'hex'), 1, 'c' || n from generate_series(1, {Customers}) n, generate_series(0, 1) k",
            $"insert into cx_suppressions select '{ApiHost.Shop}', 1, decode(md5('s' || n), 'hex'), 0, 1, now() from generate_series(1, {Customers}) n",
            $"insert into cx_deliveries select '{ApiHost.Shop}', decode(md5('d' || n), 'hex'), 1, decode(md5(n::text), 'hex'), 'shopify', 'orders/create', now() from generate_series(1, {Customers}) n",
            $"""
            insert into cx_archive (shop, delivery, customer, received_at, key_version, key, data)
            select '{ApiHost.Shop}', decode(md5('d' || n), 'hex'), 'c' || n, now(), 2, '\x01', '\x02' from generate_series(1, {Customers}) n
            """,
            $"""
            insert into cx_outbox (shop, message, customer, follow_up, step, template, channel, category, status, due_at, queued_at)
            select '{ApiHost.Shop}', 'm' || n, 'c' || n, 'f' || n, 'thank-you', 'thank-you', 'email', 'transactional', 'accepted', now(), now() from generate_series(1, {Customers}) n
            """,
            $"""
            insert into cx_waiting select '{ApiHost.Shop}', 5, decode(md5('w' || n), 'hex'), decode(md5('w' || n), 'hex'), 'shopify', 2, '\x01', '[]', now() from generate_series(1, {Customers}) n
            """,
            $"""
            insert into cx_failed_deliveries select '{ApiHost.Shop}', decode(md5('x' || n), 'hex'), 'shopify', 'orders/create', 'odd', 2, '\x01', '\x02', now(), 1 from generate_series(1, {Customers}) n
            """,
            $$"""
            insert into cx_view_rows
            select view, 1, '{{ApiHost.Shop}}', prefix || '/' || n, '{}' from generate_series(1, {{Customers}}) n, (values ('affinity', 'item'), ('seen', 'row')) v (view, prefix)
            """,
            $"insert into cx_orphaned_blobs select 'b' || n, now(), case when n % 2 = 0 then now() end from generate_series(1, {Customers}) n",
            $"insert into cx_delivery_conflicts select '{ApiHost.Shop}', decode(md5('d' || n), 'hex'), decode(md5(n::text), 'hex'), now() from generate_series(1, {Customers}) n",
            // Half of them of a view that goes on: those of a version that is replaced are deleted, and the table would be nearly empty then.
            $"insert into cx_failed_events select '{ApiHost.Shop}', seq_id, case when seq_id % 2 = 0 then 'affinity' else 'other' end, 1, 'odd', now() from mt_events where version = 2",
            $"""
            insert into cx_audit (shop, id, at, actor, action, customer, request, correlation)
            select '{ApiHost.Shop}', md5(n::text), now(), 'installation', case when n % 1000 = 0 then 'erased' else 'opened' end, 'c' || n, 'getCustomer', 'r' || n from generate_series(1, {Customers}) n
            """,
            "insert into cx_views values ('affinity', 1), ('seen', 1)",
            "insert into mt_event_progression (name, last_seq_id) select name, max(seq_id) from mt_events, unnest(array['HighWaterMark', 'affinity:All', 'seen:All']) name group by name",
            $"insert into mt_doc_shop (tenant_id, id, data, mt_version) select 's' || n, 'shop', d.data || jsonb_build_object('id', 's' || n), 1 from mt_doc_shop d, generate_series(1, {Shops}) n",
            $"""
            insert into mt_doc_shop_keys (tenant_id, id, data, mt_version)
            select 's' || n, 'shop', jsonb_build_object('id', 's' || n, 'keys', jsonb_build_array(jsonb_build_object('id', 'k' || n, 'hash', encode(sha256(n::text::bytea), 'hex')))), 1
            from generate_series(1, {Shops}) n
            """,
            $$"""
            insert into mt_doc_shop_sources (tenant_id, id, data, mt_version) select 's' || n, 'shop', jsonb_build_object('id', 's' || n, 'sources', '{}'::jsonb), 1
            from generate_series(1, {{Shops}}) n
            """,
            $$"""
            insert into mt_doc_shop_policy (tenant_id, id, data, mt_version)
            select 's' || n, 'shop', jsonb_build_object('id', 's' || n, 'latest', 0, 'versions', '[]'::jsonb), 1 from generate_series(1, {{Shops}}) n
            """,
            $$"""
            insert into mt_doc_cadence (tenant_id, id, data, mt_version) select 's' || n, 'cadence-vip', '{"stream": "cadence-vip", "slug": "vip", "state": "draft", "versions": []}', 1
            from generate_series(1, {{Shops}}) n
            """,
            $$"""
            insert into mt_doc_template (tenant_id, id, data, mt_version)
            select 's' || n, 'template-news.it', '{"stream": "template-news.it", "name": "news", "language": "it", "number": 0, "versions": []}', 1 from generate_series(1, {{Shops}}) n
            """,
            $$"""
            insert into cx_states (shop, customer, kind, id, part, reach, data)
            select '{{ApiHost.Shop}}', 'c' || n, 8, 'f' || n, '', 2,
              '{"cadence": "vip", "version": 1, "trigger": "order-placed", "correlationId": "c", "control": false, "triggeredAt": "2026-03-02T09:00:00Z", "startedAt": "2026-03-02T09:00:00Z", "endedAt": "2026-03-02T09:00:00Z"}'
            from generate_series(1, {{Shops}}) n
            """,
            $$"""
            insert into cx_simulations (shop, id, subject, state, asked_by, queued_at, ended_at, request)
            select 's' || n, 'i' || k, 'cadence/post-sale', 'done', 'k', now(), now(), '{}' from generate_series(1, {{Shops}}) n, generate_series(1, 3) k
            """,
            $"insert into cx_simulated_customers (shop, simulation, customer, difference) select '{ApiHost.Shop}', 'i' || n % 10, 'c' || n, '[]' from generate_series(1, {Customers}) n",
            $"insert into cx_sources select 's' || n, 'shopify', 2, '\\x01' from generate_series(1, {Shops}) n",
            "analyze",
        })
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    // Each session has its own prepared statements, and plans them alike.
    private static async Task<(int Plans, List<string> Scans)> Plans(NpgsqlDataSource database)
    {
        var sessions = new List<NpgsqlConnection>();
        while (sessions.Count < Sessions)
        {
            sessions.Add(await database.OpenConnectionAsync());
        }

        var planned = new HashSet<string>();
        var scans = new List<string>();
        foreach (var session in sessions)
        {
            scans.AddRange(await Scans(session, planned));
            await session.DisposeAsync();
        }

        return (planned.Count, scans);
    }

    private static async Task<List<string>> Scans(NpgsqlConnection connection, HashSet<string> planned)
    {
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
        foreach (var (name, sql, parameters) in statements.Where(s => IsPlanned(s.Sql) && planned.Add(s.Sql)))
        {
            var execute = $"execute \"{name}\"" + (parameters.Length == 0 ? "" : $"({string.Join(", ", parameters.Select(Sample))})");
            var (generic, custom) = (await Plan(connection, "force_generic_plan", execute), await Plan(connection, "force_custom_plan", execute));

            // As PostgreSQL does, which keeps a plan for all parameters only where those for the given ones are no cheaper.
            var chosen = (double)generic["Total Cost"]! < (double)custom["Total Cost"]! ? generic : custom;
            if (!Exceptions.Keys.Any(e => sql.Contains(e, StringComparison.Ordinal)))
            {
                scans.AddRange(Scans(chosen).Select(scan => $"{scan}: {sql}"));
            }
        }

        return scans;
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
        "date" => "current_date - 365",
        "interval" => "interval '1 minute'",
        "uuid" => "gen_random_uuid()",
        "tid" => "'(0,1)'",
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
        var grows = table is not null && table.Split('_')[0] is "cx" or "mt" && !Small.Contains(table);
        var isWhole = type is "Index Scan" or "Index Only Scan" && plan["Index Cond"] is null && !InOrder.ContainsKey((string)plan["Index Name"]!);
        if (grows && (isWhole || type is "Seq Scan" or "Tid Range Scan"))
        {
            yield return $"{type} of {table}";
        }

        if (type is "Sort" or "Hash" or "Bitmap Index Scan" or "Materialize" && (double)plan["Plan Rows"]! > Many)
        {
            yield return $"{type} of {plan["Plan Rows"]} rows";
        }

        foreach (var scan in plan["Plans"]?.AsArray().SelectMany(p => Scans(p!)) ?? [])
        {
            yield return scan;
        }
    }

    /// <summary>Holds the erasure of somebody whom an older copy of the database still has.</summary>
    private sealed class OneErasure : IErasureRegister
    {
        public CustomerId Erased { get; set; }

        public Task Append(Erasure erasure, CancellationToken ct) => Task.CompletedTask;

        public IAsyncEnumerable<Erasure> ReadAll(CancellationToken ct) =>
            new[] { new Erasure(Bottega, Erased, Clock.GetUtcNow(), [new(IdentifierKind.Email, 1, [7])], [new(IdentifierKind.Order, 1, [8])]) }.ToAsyncEnumerable();
    }
}
