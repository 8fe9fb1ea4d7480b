using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Postgresql.Functions;
using Weasel.Postgresql.Tables;
using Weasel.Postgresql.Triggers;

namespace Cx.Application.EventStore;

/// <summary>
/// The tables that agree with the event log in one transaction. Marten creates and upgrades them with its own. A column named <c>shop</c> is Marten's
/// tenant.
/// </summary>
internal static class SideTables
{
    private const string Orphan = "cx_orphan_blob";

    public static IEnumerable<ISchemaObject> All() =>
    [
        Fingerprints(), Sources(), Customers(), States(), Summaries(), Identifiers(), Suppressions(), Deliveries(), DeliveryConflicts(), Archive(), OrphanedBlobs(), .. Orphaning(),
        Waiting(), FailedDeliveries(), Outbox(), Audit(), PlanChanges(), Heartbeat(), Simulations(), SimulatedCustomers(), ViewRows(), Views(), FailedEvents(), Expectation(),
    ];

    // Fingerprints of the installation keys: the process refuses to start with other keys.
    private static Table Fingerprints() => Named("cx_fingerprints").Key("key", "text").Has("fingerprint", "text");

    // The secrets of sources, sealed: the log, which says what sources there are, could not be rewrapped.
    private static Table Sources() => Named("cx_sources")
        .Key("shop", "varchar").Key("source", "varchar").Has("key_version", "int").Has("secrets", "bytea");

    // One row a customer: the version of its state, the sealing key, the due instant. A linked customer points at the one that leads. The day of the last
    // contact, not its instant: an index that changed with every contact would have to be written with every contact.
    private static Table Customers() => Named("cx_customers")
        .Key("shop", "varchar").Key("id", "varchar").May("lead", "varchar").Has("version", "bigint").Has("fold", "int").Has("recorded_at", "timestamptz")
        .May("due_at", "timestamptz").Has("wake_failures", "smallint", "0").May("parked_at", "timestamptz").May("key_version", "int").May("key", "bytea")
        .Has("contact_on", "date", "now()")
        .Index("contact", ["shop", "contact_on", "id"], where: "lead is null and key is not null")
        .Index("due", ["due_at"], where: "due_at is not null and parked_at is null")
        .Index("upcoming", ["shop", "due_at", "id"], where: "due_at is not null and parked_at is null")
        .Index("lead", ["shop", "lead"], where: "lead is not null")
        .Stored(fillFactor: 85, toastTupleTarget: 8160);

    // The state of a customer, in rows that are loaded and written one by one: the head, each item, and each contact of a conversation.
    private static Table States() => Named("cx_states")
        .Key("shop", "varchar").Key("customer", "varchar").Key("kind", "smallint").Key("id", "varchar").Key("part", "varchar").Has("reach", "smallint").May("at", "timestamptz")
        .May("about", "varchar").May("orders_at", "timestamptz").Has("data", "json")
        .Index("reach", ["shop", "customer", "reach", "kind", "id"], where: "reach > 0")
        .Index("at", ["shop", "customer", "kind", "at"], where: "at is not null")
        .Index("about", ["shop", "customer", "about"], where: "about is not null")
        .Index("running", ["shop", "id"], where: "kind = 8 and reach = 2")
        .Stored(fillFactor: 90, toastTupleTarget: 8160);

    // What lists show of a customer, as long as it holds: made from the state by whoever lists it first.
    private static Table Summaries() => Named("cx_summaries")
        .Key("shop", "varchar").Key("customer", "varchar").Has("version", "bigint").Has("fold", "int").Has("formula", "int").Has("settings", "bigint")
        .Has("made_at", "timestamptz").Has("until", "timestamptz").Has("data", "json");

    // Whose an identifier is: the unique row that a delivery claims. An unclaimed reference (customer null) is what waiting payloads lock.
    // A shop customer id has the source whose it is.
    private static Table Identifiers() => Named("cx_identifiers")
        .Key("shop", "varchar").Key("kind", "smallint").Key("hash", "bytea").Has("key_version", "int").May("customer", "varchar").May("source", "varchar")
        .Index("customer", ["shop", "customer", "kind"]);

    // Addresses that objected, by purpose: kept when the customer is erased. And those that refused mail for good, or were given anew since (Refusals).
    private static Table Suppressions() => Named("cx_suppressions")
        .Key("shop", "varchar").Key("kind", "smallint").Key("hash", "bytea").Key("purpose", "smallint").Has("key_version", "int").Has("objected_at", "timestamptz");

    // Kept for ever: a second copy of a delivery is known by its key. What was left out of it is one line a field.
    private static Table Deliveries() => Named("cx_deliveries")
        .Key("shop", "varchar").Key("key", "bytea").Has("key_version", "int").Has("body", "bytea").Has("source", "varchar").Has("topic", "varchar").Has("received_at", "timestamptz")
        .May("left_out", "text")
        .Index("incomplete", ["shop", "received_at", "key"], where: "left_out is not null");

    private static Table DeliveryConflicts() => Named("cx_delivery_conflicts")
        .Key("shop", "varchar").Key("key", "bytea").Key("body", "bytea").Has("received_at", "timestamptz");

    // Raw payloads, compressed and sealed each under its own key; deleted with any customer they concern. A payload can lie outside the database,
    // as sealed as it is here: its key never leaves the row. A row has its data, or the name of the blob that holds them, or both while they are
    // being moved; never neither.
    private static Table Archive()
    {
        var table = Named("cx_archive")
            .Key("shop", "varchar").Key("delivery", "bytea").May("customer", "varchar").May("others", "varchar[]").Has("received_at", "timestamptz").Has("key_version", "int")
            .Has("key", "bytea").May("data", "bytea").May("blob", "text").May("moving_until", "timestamptz")
            .Index("customer", ["shop", "customer"])
            .Index("others", ["others"], where: "others is not null", method: IndexMethod.gin)
            .Index("nobody", ["received_at"], where: "customer is null")
            .Index("here", ["received_at"], where: "data is not null")
            .Index("away", ["received_at"], where: "blob is not null")
            .Stored(fillFactor: null, toastTupleTarget: 8160);
        ((ITable)table).AddCheckConstraint("cx_archive_somewhere", "data is not null or blob is not null");
        return table;
    }

    // Blobs that no row names any more. Each is deleted at once, and once more when an upload that was under way can no longer arrive.
    private static Table OrphanedBlobs() => Named("cx_orphaned_blobs")
        .Key("blob", "varchar").Has("orphaned_at", "timestamptz", "now()").May("deleted_at", "timestamptz")
        .Index("orphaned", ["orphaned_at"], where: "deleted_at is null")
        .Index("deleted", ["deleted_at"], where: "deleted_at is not null");

    // A statement that deletes or changes a blob's name in the archive records the blob in the same transaction. A trigger does it, so that no statement
    // can forget it: erasure, retention, bringing a payload back. Functions and triggers are written as PostgreSQL shows them: Weasel compares the texts.
    private static IEnumerable<ISchemaObject> Orphaning() =>
    [
        new Function(Name(Orphan),
            $"""
            CREATE OR REPLACE FUNCTION public.{Orphan}()
             RETURNS trigger
             LANGUAGE plpgsql
            AS $function$
            begin
              insert into cx_orphaned_blobs (blob) values (old.blob) on conflict (blob) do nothing;
              return null;
            end $function$;
            """),
        new Trigger(Name("cx_archive_deleted"), Name("cx_archive"), $"{Orphan}()")
        {
            Timing = TriggerTiming.After, Events = TriggerEvents.Delete, ForEachRow = true, Condition = "(old.blob IS NOT NULL)",
        },
        new Trigger(Name("cx_archive_renamed"), Name("cx_archive"), $"{Orphan}()")
        {
            Timing = TriggerTiming.After, Events = TriggerEvents.Update, ForEachRow = true, Condition = "((old.blob IS NOT NULL) AND (new.blob IS DISTINCT FROM old.blob))",
        },
    ];

    private static Table Waiting() => Named("cx_waiting")
        .Key("shop", "varchar").Key("kind", "smallint").Key("hash", "bytea").Key("delivery", "bytea").Has("source", "varchar").Has("key_version", "int").Has("key", "bytea")
        .Has("facts", "jsonb").Has("received_at", "timestamptz")
        .Index("delivery", ["shop", "delivery"])
        .Index("received", ["received_at"]);

    private static Table FailedDeliveries() => Named("cx_failed_deliveries")
        .Key("shop", "varchar").Key("delivery", "bytea").Has("source", "varchar").Has("topic", "varchar").Has("reason", "text").Has("key_version", "int").Has("key", "bytea")
        .Has("data", "bytea").Has("failed_at", "timestamptz").Has("tries", "int", "1").Has("concerns", "bytea[]", "'{}'::bytea[]")
        .Index("failed", ["failed_at"])
        .Index("concerns", ["concerns"], method: IndexMethod.gin);

    private static Table Outbox() => Named("cx_outbox")
        .Key("shop", "varchar").Key("message", "varchar").Has("customer", "varchar").Has("follow_up", "varchar").Has("step", "varchar").Has("template", "varchar")
        .Has("channel", "text").Has("category", "text").May("order_id", "varchar").May("language", "varchar").Has("status", "text").Has("due_at", "timestamptz").Has("queued_at", "timestamptz")
        .May("leased_until", "timestamptz").May("owner", "bigint").May("content", "text")
        .Index("queued", ["due_at"], where: "status = 'queued'")
        .Index("sending", ["owner"], where: "status = 'sending'")
        .Index("customer", ["shop", "customer"])
        .Index("status", ["shop", "status", "queued_at", "message"])
        .Index("newest", ["shop", "queued_at", "message"]);

    // Who did what with whose personal data. Holds none itself: it outlives an erasure.
    private static Table Audit() => Named("cx_audit")
        .Key("shop", "varchar").Key("id", "varchar").Has("at", "timestamptz").Has("actor", "varchar").Has("action", "varchar").May("customer", "varchar")
        .Has("request", "varchar").Has("correlation", "varchar")
        .Index("customer", ["shop", "customer", "id"])
        .Index("action", ["shop", "action", "id"])
        .Index("at", ["at"]);

    // Changes of shops whose customers are being made due, one row a shop: the instant of the change, and up to which customer they are.
    private static Table PlanChanges() => Named("cx_plan_changes").Key("shop", "varchar").Has("at", "timestamptz").Has("after", "varchar", "''::character varying");

    // When customers were last being woken: one row.
    private static Table Heartbeat() => Named("cx_heartbeat").Key("id", "int").Has("at", "timestamptz");

    // What marketing asked to be tried over the recorded history, and what came out. A checkpoint says how far a run came, so that another process goes on.
    private static Table Simulations() => Named("cx_simulations")
        .Key("shop", "varchar").Key("id", "varchar").Has("subject", "varchar").Has("state", "text").Has("asked_by", "varchar").Has("queued_at", "timestamptz").Has("request", "json")
        .Has("attempts", "int", "0").May("started_at", "timestamptz").May("ended_at", "timestamptz").Has("progress", "double precision", "0").May("checkpoint", "json")
        .May("result", "json").May("failure", "text").May("owner", "bigint").May("leased_until", "timestamptz")
        .Index("open", ["queued_at"], where: "ended_at is null")
        .Index("subject", ["shop", "subject", "id"]);

    // What a simulation says of one customer: deleted when the customer is erased.
    private static Table SimulatedCustomers() => Named("cx_simulated_customers")
        .Key("shop", "varchar").Key("simulation", "varchar").Key("customer", "varchar").May("difference", "json").May("messages", "json")
        .Index("customer", ["shop", "customer"]);

    // Asynchronous views: documents by key, each version beside the other while one is rebuilt.
    private static Table ViewRows() => Named("cx_view_rows")
        .Key("view", "varchar").Key("version", "int").Key("shop", "varchar").Key("key", "varchar").Has("data", "jsonb")
        .Index("prefix", ["view", "version", "shop", "key"], collation: "C");

    // Which version of a view is read: changes when a newer one has caught up.
    private static Table Views() => Named("cx_views").Key("view", "varchar").Has("serving", "int");

    // Events that a view goes on without.
    private static Table FailedEvents() => Named("cx_failed_events")
        .Key("shop", "varchar").Key("seq_id", "bigint").Key("view", "varchar").Key("version", "int").Has("error", "text").Has("failed_at", "timestamptz")
        .Index("view", ["view", "version"]);

    // Ends the transaction when a row was changed by another one since it was read: the caller reads and decides again.
    private static Function Expectation() => new(
        Name("cx_expect"),
        """
        CREATE OR REPLACE FUNCTION public.cx_expect(actual bigint, expected bigint)
         RETURNS void
         LANGUAGE plpgsql
        AS $function$
        begin
          if actual <> expected then
            raise exception 'cx: the row changed since it was read' using errcode = '40001';
          end if;
        end $function$;
        """);

    private static PostgresqlObjectName Name(string name) => new("public", name, SchemaUtils.IdentifierUsage.General);

    private static Table Named(string name) => new(Name(name));

    private static Table Key(this Table table, string column, string type)
    {
        table.AddColumn(column, type).AsPrimaryKey();
        return table;
    }

    private static Table Has(this Table table, string column, string type, string? initially = null)
    {
        var added = table.AddColumn(column, type).NotNull();
        if (initially is not null)
        {
            added.DefaultValueByExpression(initially);
        }

        return table;
    }

    private static Table May(this Table table, string column, string type)
    {
        table.AddColumn(column, type);
        return table;
    }

    private static Table Index(
        this Table table, string name, string[] columns, bool unique = false, string? where = null, IndexMethod method = IndexMethod.btree, string? collation = null)
    {
        table.Indexes.Add(new IndexDefinition($"{table.Identifier.Name}_{name}") { Columns = columns, IsUnique = unique, Predicate = where, Method = method, Collation = collation });
        return table;
    }

    private static Table Stored(this Table table, int? fillFactor, int toastTupleTarget)
    {
        if (fillFactor is not null)
        {
            table.WithFillFactor(fillFactor);
        }

        return table.WithStorageParameter("toast_tuple_target", toastTupleTarget);
    }
}
