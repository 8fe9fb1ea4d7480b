using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Marten.Events.Daemon.Coordination;
using Npgsql;

namespace Cx.Tests.EventStore.Projections;

/// <summary>A database with an event log of visits, and the views that follow it.</summary>
public sealed class ViewLog : IAsyncDisposable
{
    public static readonly ShopId Shop = new("shop");

    private static readonly DateTimeOffset Day = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly InstallationKeys keys = InstallationKeys.Generate();
    private long version;

    private ViewLog(string connection)
    {
        (Connection, Source) = (connection, NpgsqlDataSource.Create(connection));
        Store = Stores.On(Source, keys, TimeProvider.System);
        Reader = new(Source);
        Store.Committed += Signal.Pulse;
    }

    /// <summary>With the password, which the data source does not show.</summary>
    public string Connection { get; }

    public NpgsqlDataSource Source { get; }

    public MartenEventStore Store { get; }

    public ViewReader Reader { get; }

    public CommitSignal Signal { get; } = new();

    /// <summary>Where the hosts report views that stopped.</summary>
    public TestLog<LogDaemon> Failures { get; } = new();

    /// <summary>Where Marten's daemon reports what it does.</summary>
    public TestLog<ProjectionCoordinator> Marten { get; } = new();

    /// <summary>Where views report what they skip.</summary>
    internal TestLog<ViewSubscription> Skips { get; } = new();

    public static async Task<ViewLog> Create()
    {
        var log = new ViewLog(await Database.Prepared());
        return log;
    }

    public LogDaemon Host(params IAsyncView[] views) =>
        Stores.Daemon(Source, Signal, views.Select(v => new ViewSubscription(v, Source, Skips)), log: Failures, marten: Marten);

    /// <summary>Completes when Marten has found that a transaction may still commit the next number, after seconds in which it could have passed over it.</summary>
    public Task Holds()
    {
        var holds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Marten.Logged += entry =>
        {
            if (entry.Values.ContainsKey("Liveness"))
            {
                holds.TrySetResult();
            }
        };
        return holds.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Appends visits to a stream; returns the last sequence number.</summary>
    public async Task<long> Visit(string stream, int count = 1)
    {
        await using var connection = await Source.OpenConnectionAsync();
        var last = await Append(connection, stream, count);
        Signal.Pulse();
        return last;
    }

    /// <summary>Appends on a connection, and in its transaction if it has one.</summary>
    public Task<long> Append(NpgsqlConnection connection, string stream, int count = 1) =>
        Append(connection, stream, [.. Enumerable.Range(0, count).Select(_ => new VisitMade("v", Channel.Web, Stage.Information, Day))]);

    public async Task<long> Append(NpgsqlConnection connection, string stream, IReadOnlyList<IEvent> events)
    {
        const string Insert = """
            with stream as (
              insert into mt_streams (tenant_id, id, version) values ($1, $2, $3) on conflict (tenant_id, id) do update set version = excluded.version),
            events as (
              insert into mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp)
              select nextval('mt_events_sequence'), gen_random_uuid(), $1, $2, $3 + n, type, data::jsonb, now()
              from unnest($4::text[], $5::text[]) with ordinality e (type, data, n) order by n
              returning seq_id)
            select max(seq_id) from events
            """;
        await using (var id = new NpgsqlCommand("select pg_current_xact_id()", connection))
        {
            await id.ExecuteScalarAsync();
        }

        await using var command = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = Shop.Value }, new() { Value = stream }, new() { Value = Interlocked.Add(ref version, events.Count) - events.Count },
                new() { Value = events.Select(EventCatalog.NameOf).ToArray() }, new() { Value = events.Select(e => System.Text.Encoding.UTF8.GetString(EventCatalog.Write(e))).ToArray() },
            },
        };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task<long> Count(string stream) =>
        (await Reader.Find<Visits>(VisitsView.ViewName, Shop, [stream], CancellationToken.None)).TryGetValue(stream, out var visits) ? visits.Count : 0;

    public async Task<long> Scalar(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async Task Execute(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}

public sealed record Visits(long Count);

/// <summary>Counts visits by stream, which shows what was folded twice or never.</summary>
public sealed class VisitsView(int version = 1, Action<string>? seen = null, int step = 1, Type? of = null) : IAsyncView
{
    public const string ViewName = "visits";

    public string Name => ViewName;

    public int Version => version;

    public IReadOnlySet<string> Types { get; } = new HashSet<string> { EventCatalog.NameOf(of ?? typeof(VisitMade)) };

    public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e)
    {
        seen?.Invoke(stream);
        rows.Set(stream, new Visits((rows.Get<Visits>(stream)?.Count ?? 0) + step));
    }
}

/// <summary>A host at work, until disposed.</summary>
public sealed class RunningHost : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> positions = [];
    private readonly List<(string View, long Position, TaskCompletionSource Reached)> waiting = [];
    private readonly LogDaemon host;
    private readonly Task started;

    public RunningHost(LogDaemon host)
    {
        this.host = host;
        host.Moved += OnMoved;
        started = host.StartAsync(CancellationToken.None);
    }

    /// <summary>Completes when a view shows all events up to a sequence number.</summary>
    public Task Shows(long position, string view = VisitsView.ViewName)
    {
        lock (gate)
        {
            if (positions.GetValueOrDefault(view) >= position)
                return Task.CompletedTask;

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((view, position, reached));
            return reached.Task.WaitAsync(Timeout);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await started;
        await host.DisposeAsync();
    }

    private void OnMoved(string shard, long position)
    {
        lock (gate)
        {
            var view = shard.Split(':')[0];
            positions[view] = position;
            foreach (var wait in waiting.Where(w => w.View == view && w.Position <= position))
            {
                wait.Reached.TrySetResult();
            }
        }
    }
}
