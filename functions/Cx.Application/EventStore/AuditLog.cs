using System.Globalization;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;
using static Cx.Application.EventStore.Sql;

namespace Cx.Application.EventStore;

/// <summary>What was done with a customer's personal data. The names are part of the API, and stored.</summary>
public enum AuditAction
{
    /// <summary>Personal values were answered in the clear: details, timeline, a message.</summary>
    Opened,

    Exported,
    Erased,
    Linked,
    Unlinked,
    Restricted,
    RestrictionLifted,
    ProfilingObjected,
    ProfilingObjectionLifted,

    /// <summary>A cadence or the contact policy was published.</summary>
    Published,
    CadencePaused,
    CadenceResumed,
    CadenceArchived,

    /// <summary>A draft was tried over the recorded history; a simulation was cancelled, or removed with its result.</summary>
    Simulated,
    SimulationRemoved,

    /// <summary>A template was saved, and holds from then on; or it was removed, and the shipped one does.</summary>
    TemplateSaved,
    TemplateRemoved,

    /// <summary>A step of a follow-up was skipped, postponed or sent by hand, or its follow-up was stopped.</summary>
    StepSkipped,
    StepPostponed,
    StepSendRequested,
    FollowUpStopped,

    /// <summary>A step's message was sent to an address of the shop's own; the customer is the one whose data it shows.</summary>
    TestSent,
}

/// <summary>What is written down of an act on personal data, or on what is sent to persons.</summary>
/// <param name="By">The id of the key, <c>installation</c>, a source's name, <c>retention</c> or <c>erasure-register</c>; never a person.</param>
/// <param name="Request">The operation or topic that asked for it.</param>
public sealed record Audit(AuditAction Action, string By, string Request);

/// <summary>An entry of the audit list.</summary>
/// <param name="Correlation">That of the request, which the events it led to have too.</param>
public sealed record AuditEntry(string Id, DateTimeOffset At, string By, AuditAction Action, CustomerId? Customer, string Request, string Correlation);

/// <summary>
/// The audit list: who did what with whose personal data, when, by which request; no personal data itself, so that it outlives an erasure. What changes
/// something is written in the transaction that changes it, what only reads before the answer.
/// </summary>
public sealed class AuditLog(NpgsqlDataSource database, TimeProvider clock)
{
    private const string Insert = """
        insert into cx_audit (shop, id, at, actor, action, customer, request, correlation) select * from unnest($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string Columns = "select id, at, actor, action, customer, request, correlation from cx_audit where shop = $1 and id < $2";

    private const string Order = "order by id desc limit $3";

    // Each filter has an index of its own, so each has a statement of its own.
    private const string All = $"{Columns} {Order}";

    private const string OfCustomer = $"{Columns} and customer = $4 {Order}";

    private const string OfAction = $"{Columns} and action = $4 {Order}";

    private const string OfCustomerAndAction = $"{Columns} and customer = $4 and action = $5 {Order}";

    private const string Counted = "select count(*) from cx_audit where shop = $1 and action = $2 and id >= $3";

    /// <summary>Writes down that personal data were read, or that something was sent outside the log.</summary>
    /// <param name="customer">Whose they are; none: nobody's.</param>
    public async Task Record(ShopId shop, CustomerId? customer, Audit audit, string correlation, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(CommandOf([(shop, customer, audit, correlation, clock.GetUtcNow())]));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>How often something was done since an instant.</summary>
    public async Task<long> CountSince(ShopId shop, AuditAction action, DateTimeOffset since, CancellationToken ct) =>
        (await database.Rows(Counted, r => r.GetInt64(0), ct, Text(shop.Value), Text(JsonNaming.Kebab(action)), Text(FirstId(since))))[0];

    /// <summary>The newest first.</summary>
    /// <param name="before">The id of the entry before which the page begins.</param>
    public async Task<IReadOnlyList<AuditEntry>> List(ShopId shop, CustomerId? customer, AuditAction? action, string? before, int limit, CancellationToken ct)
    {
        var (sql, filters) = (customer, action) switch
        {
            (null, null) => (All, Array.Empty<NpgsqlParameter>()),
            ({ } c, null) => (OfCustomer, [Text(c.Value)]),
            (null, { } a) => (OfAction, [Text(JsonNaming.Kebab(a))]),
            ({ } c, { } a) => (OfCustomerAndAction, [Text(c.Value), Text(JsonNaming.Kebab(a))]),
        };
        return await database.Rows(
            sql,
            reader => new AuditEntry(
                reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), Read(reader.GetString(3)),
                reader.TextOrNull(4) is { } id ? new CustomerId(id) : null, reader.GetString(5), reader.GetString(6)),
            ct, [Text(shop.Value), Text(before ?? "~"), Int(limit), .. filters]);
    }

    public static AuditAction? Find(string name) =>
        Enum.GetValues<AuditAction>().Cast<AuditAction?>().FirstOrDefault(a => JsonNaming.Kebab(a!.Value) == name);

    /// <summary>What is written down of an act that concerns no customer in particular, for its transaction.</summary>
    internal static NpgsqlCommand Of(ShopId shop, Audit audit, string correlation, DateTimeOffset at)
    {
        var command = CommandOf([(shop, null, audit, correlation, at)]);
        return Single(command.CommandText, [.. command.Parameters.Select(p => p.Clone())]);
    }

    /// <summary>Queues what is written down of changes, in their transaction.</summary>
    internal static void Add(NpgsqlBatch batch, IEnumerable<CustomerChange> changes)
    {
        var rows = changes.Where(c => c is { Audit: not null, Events.Count: > 0 })
            .Select(c => (c.Shop, (CustomerId?)c.After.Id, c.Audit!, c.Events[0].Correlation, c.After.RecordedAt)).ToArray();
        if (rows.Length > 0)
        {
            batch.BatchCommands.Add(CommandOf(rows));
        }
    }

    private static AuditAction Read(string name) => Find(name) ?? throw new NewerVersionException($"The audit list holds '{name}', which this version does not know.");

    // By the instant that ids begin with, in milliseconds.
    private static string FirstId(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture);

    // The id begins with the instant: entries are in the order of their ids.
    private static NpgsqlBatchCommand CommandOf((ShopId Shop, CustomerId? Customer, Audit Audit, string Correlation, DateTimeOffset At)[] rows) => Command(
        Insert, Texts([.. rows.Select(r => r.Shop.Value)]), Texts([.. rows.Select(r => Guid.CreateVersion7(r.At).ToString("N"))]),
        Instants([.. rows.Select(r => (DateTimeOffset?)r.At)]), Texts([.. rows.Select(r => r.Audit.By)]), Texts([.. rows.Select(r => JsonNaming.Kebab(r.Audit.Action))]),
        Texts([.. rows.Select(r => r.Customer?.Value)]), Texts([.. rows.Select(r => r.Audit.Request)]), Texts([.. rows.Select(r => r.Correlation)]));
}
