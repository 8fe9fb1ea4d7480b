using System.Runtime.CompilerServices;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Marten;
using Npgsql;
using IEvent = Cx.Domain.IEvent;
using SessionOptions = Marten.Services.SessionOptions;

namespace Cx.Application.EventStore;

/// <summary>An event on its way into the log, with its metadata.</summary>
public sealed record Appended(IEvent Event, string Correlation, string Causation, EventHeaders Headers);

/// <summary>What goes to the end of one stream.</summary>
/// <param name="Version">The stream's version after it.</param>
/// <param name="At">The recorded instant of these events and of the stream, to the microsecond, never before the stream's last.</param>
public sealed record StreamAppend(ShopId Shop, string Stream, long Version, DateTimeOffset At, IReadOnlyList<Appended> Events);

/// <summary>What the log keeps of an event besides the event and its chain.</summary>
/// <param name="Source">The system that reported it.</param>
/// <param name="Identity">The customer record by whose identifier it came.</param>
/// <param name="Shop">The version of the shop's facts under which it was decided.</param>
/// <param name="Trace">The span that recorded it, as W3C Trace Context writes it; none where it was not traced.</param>
public sealed record EventHeaders(string Source, string Identity, long Shop, string? Trace = null);

public sealed partial class MartenEventStore
{
    private static readonly string SourceHeader = HeaderOf(nameof(EventHeaders.Source));

    internal static readonly string IdentityHeader = HeaderOf(nameof(EventHeaders.Identity));

    internal static readonly string ShopHeader = HeaderOf(nameof(EventHeaders.Shop));

    private static readonly string TraceHeader = HeaderOf(nameof(EventHeaders.Trace));

    public async IAsyncEnumerable<Recorded> Read(
        ShopId shop, IReadOnlyList<string> streams, AsOf asOf, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await foreach (var recorded in Read(marten, connection, shop, streams, asOf, ct))
        {
            yield return recorded;
        }
    }

    public async IAsyncEnumerable<Recorded> ReadCustomer(
        ShopId shop, IReadOnlyList<CustomerId> ids, AsOf asOf, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await foreach (var recorded in ReadCustomer(marten, connection, shop, ids, asOf, ct))
        {
            yield return recorded;
        }
    }

    internal static async IAsyncEnumerable<Recorded> ReadCustomer(
        IDocumentStore marten, NpgsqlConnection connection, ShopId shop, IReadOnlyList<CustomerId> ids, AsOf asOf, [EnumeratorCancellation] CancellationToken ct)
    {
        var related = await LinkedCustomers.Ever(connection, shop, ids, ct);
        var owners = new EventOwners();
        await foreach (var recorded in Read(marten, connection, shop, [.. related.Select(CustomerStream.Of)], asOf with { HappenedBy = null }, ct))
        {
            // Whose an item is follows from all events up to here, those included that happened later.
            var (stream, e) = (CustomerStream.Customer(recorded.Stream)!.Value, (ICustomerEvent)recorded.Event);
            var told = owners.Told(ids, e, stream, recorded.Identity is { } identity ? new CustomerId(identity) : null);
            if (told is not null && !(e.OccurredAt > asOf.HappenedBy))
            {
                yield return recorded with { Event = told };
            }
        }
    }

    /// <summary>
    /// Runs the statements that guard against other transactions, then appends in the same one: a transaction that conflicts has then drawn no sequence
    /// number. <see cref="CustomerStates"/> writes the states with the events.
    /// </summary>
    /// <exception cref="PostgresException">As PostgreSQL reported it; nothing was written.</exception>
    private async Task Write(NpgsqlBatch guards, IReadOnlyList<CustomerChange> changes, CancellationToken ct)
    {
        await guards.ExecuteNonQueryAsync(ct);
        await using var session = marten.OpenSession(SessionOptions.ForTransaction(guards.Transaction!));
        foreach (var append in changes.SelectMany(c => c.Appends))
        {
            Append(session.ForTenant(append.Shop.Value), append);
        }

        CustomerStates.Give(session, [.. changes.Where(c => c.IsChange)]);
        await MartenFailures.Unwrapped(session.SaveChangesAsync(ct));
    }

    private static void Append(ITenantOperations tenant, StreamAppend append)
    {
        var stream = tenant.Events.Append(append.Stream, append.Version, append.Events.Select(e => e.Event));
        foreach (var (row, appended) in stream.Events.Zip(append.Events))
        {
            Describe(row, appended, append.At);
        }
    }

    private static void Describe(JasperFx.Events.IEvent row, Appended appended, DateTimeOffset at)
    {
        row.Id = Guid.CreateVersion7(at);
        row.Timestamp = at;
        row.CorrelationId = appended.Correlation;
        row.CausationId = appended.Causation;
        row.SetHeader(SourceHeader, appended.Headers.Source);
        row.SetHeader(IdentityHeader, appended.Headers.Identity);
        row.SetHeader(ShopHeader, appended.Headers.Shop);
        if (appended.Headers.Trace is { } trace)
        {
            row.SetHeader(TraceHeader, trace);
        }

        // A .NET name is never stored; an event is read by its stored name.
        row.DotNetTypeName = null!;
    }

    // Disposing of the session would close the connection, which is the caller's, and it holds nothing else.
    private static async IAsyncEnumerable<Recorded> Read(
        IDocumentStore marten, NpgsqlConnection connection, ShopId shop, IReadOnlyList<string> streams, AsOf asOf, [EnumeratorCancellation] CancellationToken ct)
    {
        var options = SessionOptions.ForConnection(connection);
        options.TenantId = shop.Value;
        var keys = streams.ToArray();
        var events = marten.QuerySession(options).Events.QueryAllRawEvents().Where(e => e.StreamKey!.IsOneOf(keys));
        if (asOf.KnownBy is { } known)
        {
            var instant = known.ToUniversalTime();
            events = events.Where(e => e.Timestamp <= instant);
        }

        await using var rows = events.OrderBy(e => e.Sequence).ToAsyncEnumerable(ct).GetAsyncEnumerator(ct);
        while (await MartenFailures.Unwrapped(rows.MoveNextAsync()))
        {
            var row = rows.Current;
            var data = (IEvent)row.Data;
            if (asOf.HappenedBy is not { } limit || data.OccurredAt <= limit)
            {
                yield return new(
                    row.Sequence, row.StreamKey!, row.Version, row.EventTypeName, data, row.Timestamp, row.CorrelationId, row.CausationId,
                    row.GetHeader(SourceHeader) as string, row.GetHeader(IdentityHeader) as string);
            }
        }
    }

    private static string HeaderOf(string property) => EventCatalog.Json.PropertyNamingPolicy!.ConvertName(property);
}
