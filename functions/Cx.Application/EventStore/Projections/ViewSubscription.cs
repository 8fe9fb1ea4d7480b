using Cx.Domain;
using Cx.Domain.Customers;
using JasperFx.Events.Daemon;
using Marten;
using Marten.Services;
using Npgsql;
using IEvent = JasperFx.Events.IEvent;

namespace Cx.Application.EventStore.Projections;

/// <summary>A newer version of the view serves: this process has the older one, and does not touch the view.</summary>
public sealed class NewerVersionServesException(
    string view, int serving) : Exception($"View {view} is served by version {serving}, which is newer than this process.");

/// <summary>
/// Keeps a view up with the log. Each version has its own progress and rows: a new one is built beside the old rows, which are read until it has caught
/// up and are removed then. An event that cannot be folded, or whose rows cannot be stored, is skipped, listed and reported; the view goes on.
/// </summary>
internal sealed partial class ViewSubscription(IAsyncView view, NpgsqlDataSource database, ILogger<ViewSubscription> log)
    : LogSubscription(database, view.Name, view.Version, view.Types, AtOnce)
{
    // Of the same size whether one event or thousands wait: while catching up, a row that many events change is written once.
    private const int AtOnce = 5000;

    private readonly ViewRows rows = new(view, database);
    private RowCache cache = new(knowsAll: false);
    private ISubscriptionAgent? agent;
    private long position = -1;
    private long attempted = -1;
    private bool serves;

    protected override async Task<IChangeListener?> Process(LogRange range, IDocumentOperations operations, CancellationToken ct)
    {
        // Something else wrote since: an attempt of ours that failed, or another process that had the lock meanwhile.
        if (range.Page.Agent != agent || range.Floor != position)
        {
            await Begin(range, ct);
        }
        else
        {
            cache.Written();
        }

        // A range that has failed before is taken event by event, to find the one that no database would store.
        var careful = attempted == range.Floor;
        (agent, position, attempted) = (range.Page.Agent, -1, range.Floor);
        if (!await Queue(range, operations, careful, ct))
        {
            await Begin(range, ct);
            await Queue(range, operations, careful: true, ct);
        }

        position = range.Ceiling;
        return range.IsLast && !serves ? await Switch(range, operations, ct) : null;
    }

    private async Task Begin(LogRange range, CancellationToken ct)
    {
        var serving = await rows.ServingVersion(ct);
        if (serving > view.Version)
        {
            throw new NewerVersionServesException(view.Name, serving.Value);
        }

        serves = serving == view.Version;
        if (serves)
        {
            await rows.RemoveOlder(ct);
        }

        if (range.Floor == 0)
        {
            await rows.Clear(ct);
        }

        cache = new(knowsAll: range.Floor == 0);
    }

    /// <summary>False: a row cannot be written as JSON, and it is not known which event made it.</summary>
    private async Task<bool> Queue(LogRange range, IDocumentOperations operations, bool careful, CancellationToken ct)
    {
        var skipped = await Fold(range.Events, operations.DocumentStore, careful, ct);
        try
        {
            rows.Write(operations, cache.Changed);
        }
        catch (Exception) when (!careful)
        {
            return false;
        }

        if (skipped.Count > 0)
        {
            rows.WriteSkipped(operations, skipped);
        }

        if (range.MissingEvents > 0)
        {
            rows.WriteUnread(operations, range.Floor, range.Ceiling, range.Events.Select(e => e.Sequence));
            Skipped(log, view.Name, view.Version, range.MissingEvents, range.Ceiling, error: null);
        }

        return true;
    }

    private async Task<List<SkippedEvent>> Fold(IReadOnlyList<IEvent> events, IDocumentStore store, bool careful, CancellationToken ct)
    {
        var skipped = new List<SkippedEvent>();
        var folded = events.Select(e => new FoldedEvent(new(e.TenantId), StreamOf(e), (Domain.IEvent)e.Data)).ToArray();
        for (var i = 0; i < folded.Length; i++)
        {
            try
            {
                while (!cache.Fold(view, folded[i]))
                {
                    foreach (var next in folded.AsSpan(i))
                    {
                        cache.LookAhead(view, next);
                    }

                    cache.Loaded(await rows.Load(cache.Missing, ct));
                }

                if (careful && await rows.WhyUndigestible(store, cache.Drafts, ct) is { } reason)
                {
                    cache.Discard();
                    Skip(i, reason);
                }
                else
                {
                    cache.Keep();
                }
            }
            catch (Exception e) when (e is not (NpgsqlException or OperationCanceledException))
            {
                Skip(i, e);
            }
        }

        return skipped;

        void Skip(int i, Exception reason)
        {
            skipped.Add(new(events[i].Sequence, folded[i].Shop, Why(reason)));
            Skipped(log, view.Name, view.Version, 1, events[i].Sequence, reason);
        }
    }

    private static string StreamOf(IEvent e) =>
        CustomerStream.Customer(e.StreamKey!) is not null && e.GetHeader(MartenEventStore.IdentityHeader) is string identity ? CustomerStream.Of(new(identity)) : e.StreamKey!;

    // For people; the exception is in the log.
    private static string Why(Exception reason) => reason switch
    {
        PostgresException => "The database cannot store what the view makes of the event. The view goes on without it; the log has the error under its sequence number.",
        _ => "The view failed on the event and goes on without it. The log has the error under its sequence number; a version that mends it takes the event up again.",
    };

    private async Task<IChangeListener?> Switch(LogRange range, IDocumentOperations operations, CancellationToken ct)
    {
        serves = true;
        if (range.Events.Count > 0)
        {
            rows.WriteServing(operations);
            return new AfterCommit(rows);
        }

        // Marten calls no listener where there was no event. All rows are committed already.
        await using var session = operations.DocumentStore.LightweightSession();
        rows.WriteServing(session);
        await session.SaveChangesAsync(ct);
        await rows.RemoveOlder(ct);
        return null;
    }

    // Only after the commit: until then the older version is read.
    private sealed class AfterCommit(ViewRows rows) : IChangeListener
    {
        public Task BeforeCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token) => Task.CompletedTask;

        public Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token) => rows.RemoveOlder(token);
    }

    [LoggerMessage(
        EventId = LogEvents.EventSkipped, EventName = nameof(LogEvents.EventSkipped), Level = LogLevel.Critical,
        Message = "View {View} {Version} cannot digest {Count} events up to {Sequence} and goes on without them; they are listed among the shops' failed events")]
    private static partial void Skipped(ILogger logger, string view, int version, int count, long sequence, Exception? error);
}
