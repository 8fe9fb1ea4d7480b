using Cx.Application.EventStore.Projections;
using Cx.Application.Shops;
using Cx.Domain;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Cx.Tests.EventStore.Projections;

public sealed class ViewHostTests : IAsyncLifetime
{
    private ViewLog log = null!;

    public async Task InitializeAsync() => log = await ViewLog.Create();

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task A_view_catches_up_and_follows()
    {
        await log.Visit("a", 6000);
        await using var host = new RunningHost(log.Host(new VisitsView()));

        await host.Shows(await log.Visit("b", 2));
        await host.Shows(await log.Visit("a", 3));

        Assert.Equal((6003, 2), (await log.Count("a"), await log.Count("b")));
    }

    [Fact]
    public async Task Many_new_rows_are_written_at_once_and_changed_by_the_next_host()
    {
        for (var round = 1; round <= 2; round++)
        {
            var last = 0L;
            await using (var connection = await log.Source.OpenConnectionAsync())
            {
                for (var i = 0; i < 700; i++)
                {
                    last = await log.Append(connection, $"visitor {i}");
                }
            }

            await using var host = new RunningHost(log.Host(new VisitsView()));
            await host.Shows(last);
            Assert.Equal((700, 700 * round), (await log.Scalar("select count(*) from cx_view_rows"), await log.Scalar("select sum((data ->> 'count')::int) from cx_view_rows")));
        }
    }

    [Fact]
    public async Task A_restart_continues_from_the_checkpoint_of_the_rows()
    {
        await using (var first = new RunningHost(log.Host(new VisitsView())))
        {
            await first.Shows(await log.Visit("a", 10));
        }

        var folded = 0;
        await using (var second = new RunningHost(log.Host(new VisitsView(seen: _ => folded++))))
        {
            await second.Shows(await log.Visit("a", 1));
        }

        Assert.Equal(11, await log.Count("a"));
        Assert.InRange(folded, 1, 3);
    }

    [Fact]
    public async Task Types_that_are_not_folded_move_the_view_on_without_a_write()
    {
        await using var host = new RunningHost(log.Host(new VisitsView(), new NothingView()));

        await host.Shows(await log.Visit("a", 5), NothingView.ViewName);

        Assert.Equal(0, await log.Scalar("select count(*) from cx_view_rows where view = 'nothing'"));
    }

    [Fact]
    public async Task A_new_version_is_built_while_the_old_one_is_read_and_then_takes_its_place()
    {
        await using (var old = new RunningHost(log.Host(new VisitsView())))
        {
            await old.Shows(await log.Visit("a", 4));
        }

        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var last = await log.Visit("a", 1);
        await using (var next = new RunningHost(log.Host(new VisitsView(version: 2, step: 10, seen: _ => { reached.Set(); go.Wait(); }))))
        {
            await Task.Run(reached.Wait);
            Assert.Equal((1, 4), (await log.Reader.ServingVersion(VisitsView.ViewName, CancellationToken.None), await log.Count("a")));

            go.Set();
            await next.Shows(last);
            Assert.Equal((2, 50), (await log.Reader.ServingVersion(VisitsView.ViewName, CancellationToken.None), await log.Count("a")));
        }

        Assert.Equal(0, await log.Scalar("select count(*) from cx_view_rows where version = 1"));
        Assert.Equal(1, await log.Scalar("select count(*) from mt_event_progression where name like 'visits:%'"));
    }

    [Fact]
    public async Task An_older_version_leaves_the_view_to_the_newer()
    {
        await using (var newer = new RunningHost(log.Host(new VisitsView(version: 2))))
        {
            await newer.Shows(await log.Visit("a", 4));
        }

        await using var older = new RunningHost(log.Host(new VisitsView(version: 1)));

        Assert.IsType<NewerVersionServesException>((await log.Failures.First).Error);
        Assert.Equal(4, await log.Count("a"));
    }

    [Fact]
    public async Task A_view_waits_before_an_event_of_a_newer_version_and_skips_nothing()
    {
        await using (var before = new RunningHost(log.Host(new VisitsView())))
        {
            await before.Shows(await log.Visit("a", 2));
        }

        await log.Visit("a", 1);
        var newer = await log.Visit("a", 1);
        await NewerVersion.Wrote(log.Execute, "visit-made.v1", $"seq_id = {newer}");
        var last = await log.Visit("a", 3);
        await using var host = new RunningHost(log.Host(new VisitsView()));

        var waits = await log.Failures.First;
        Assert.Equal(LogLevel.Warning, waits.Level);
        Assert.IsType<NewerVersionException>(waits.Error);
        Assert.Equal(3, await log.Count("a"));

        await NewerVersion.TakesOver(log.Execute, "visit-made.v1");
        await host.Shows(last);
        Assert.Equal(7, await log.Count("a"));
    }

    [Fact]
    public async Task Of_two_hosts_one_applies_and_the_other_takes_over()
    {
        var first = new RunningHost(log.Host(new VisitsView()));
        await first.Shows(await log.Visit("a", 3));
        var folds = 0;
        await using var second = new RunningHost(log.Host(new VisitsView(seen: _ => Interlocked.Increment(ref folds))));
        await first.Shows(await log.Visit("a", 3));
        Assert.Equal((6, 0), (await log.Count("a"), folds));

        await first.DisposeAsync();
        await second.Shows(await log.Visit("a", 3));

        Assert.Equal(9, await log.Count("a"));
    }

    [Fact]
    public async Task An_event_that_cannot_be_folded_is_skipped_listed_and_reported_and_holds_up_nobody()
    {
        await log.Visit("good", 2);
        var bad = await log.Visit("bad");
        var last = await log.Visit("good");
        await using var host = new RunningHost(log.Host(
            new VisitsView(seen: stream => { if (stream == "bad") throw new FormatException("broken"); }), new NothingView()));

        await host.Shows(last);
        await host.Shows(last, NothingView.ViewName);

        var skipped = await log.Skips.First;
        Assert.Equal(LogLevel.Critical, skipped.Level);
        Assert.Equal((VisitsView.ViewName, (long?)bad), ((string?)skipped.Values["View"], (long?)skipped.Values["Sequence"]));
        Assert.Equal((3, 0), (await log.Count("good"), await log.Count("bad")));
        var listed = Assert.Single((await new FailedEvents(log.Source).List(ViewLog.Shop, new(10, null), CancellationToken.None)).Items);
        Assert.Equal((bad, "visit-made.v1", VisitsView.ViewName), (listed.Sequence, listed.Type, listed.View));
        Assert.StartsWith("The view failed on the event", listed.Error, StringComparison.Ordinal);
        Assert.IsType<FormatException>(skipped.Error);
    }

    [Fact]
    public async Task An_event_whose_rows_no_database_would_store_is_skipped_alone()
    {
        await log.Visit("good", 2);
        await log.Visit("infinite");
        await log.Visit("long");
        var last = await log.Visit("good");
        await using var host = new RunningHost(log.Host(new WeightsView()));

        await host.Shows(last, WeightsView.ViewName);

        Assert.Equal(["good"], (await log.Reader.Find<Weight>(WeightsView.ViewName, ViewLog.Shop, ["good", "infinite"], CancellationToken.None)).Keys);
        Assert.Equal(2, await log.Scalar("select count(*) from cx_failed_events"));
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_skipped_listed_and_reported()
    {
        await log.Visit("good", 2);
        var bad = await log.Visit("bad");
        await log.Execute($"update mt_events set data = '[]' where seq_id = {bad}");
        var last = await log.Visit("good");
        await using var host = new RunningHost(log.Host(new VisitsView()));

        await host.Shows(last);

        Assert.Equal(LogLevel.Critical, (await log.Skips.First).Level);
        Assert.Equal(3, await log.Count("good"));
        Assert.Equal(bad, await log.Scalar("select seq_id from cx_failed_events"));
    }

    [Fact]
    public async Task A_new_version_folds_again_what_the_old_one_skipped()
    {
        var bad = await log.Visit("bad");
        await using (var old = new RunningHost(log.Host(new VisitsView(seen: _ => throw new FormatException("broken")))))
        {
            await old.Shows(bad);
        }

        await using var next = new RunningHost(log.Host(new VisitsView(version: 2)));
        await next.Shows(bad);

        Assert.Equal(1, await log.Count("bad"));
        Assert.Empty((await new FailedEvents(log.Source).List(ViewLog.Shop, new(10, null), CancellationToken.None)).Items);
    }

    [Fact]
    public async Task Rows_whose_keys_depend_on_other_rows_are_read_before_they_are_changed()
    {
        await using (var first = new RunningHost(log.Host(new ChainView())))
        {
            await first.Shows(await log.Visit("a", 3), ChainView.ViewName);
        }

        await using (var second = new RunningHost(log.Host(new ChainView())))
        {
            await second.Shows(await log.Visit("a", 3), ChainView.ViewName);
        }

        var rows = await log.Reader.Find<Visits>(ChainView.ViewName, ViewLog.Shop, ["0", "1", "2"], CancellationToken.None);
        Assert.Equal([2, 2, 2], rows.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => r.Value.Count));
    }

    private sealed record Weight(double Value);

    /// <summary>Makes rows that cannot be stored: a number that JSON has not, or a key that fits no index.</summary>
    private sealed class WeightsView : IAsyncView
    {
        public const string ViewName = "weights";

        // No index compresses it.
        private static readonly string TooLong = string.Concat(Enumerable.Range(0, 500).Select(i => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i)))));

        public string Name => ViewName;

        public int Version => 1;

        public IReadOnlySet<string> Types { get; } = new HashSet<string> { "visit-made.v1" };

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e) =>
            rows.Set(stream == "long" ? TooLong : stream, new Weight(stream == "infinite" ? double.PositiveInfinity : (rows.Get<Weight>(stream)?.Value ?? 0) + 1));
    }

    /// <summary>Folds what never happens.</summary>
    private sealed class NothingView : IAsyncView
    {
        public const string ViewName = "nothing";

        public string Name => ViewName;

        public int Version => 1;

        public IReadOnlySet<string> Types { get; } = new HashSet<string> { "customer-erased.v1" };

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e) => rows.Set("never", new Visits(1));
    }

    /// <summary>Counts each event in one of three rows, which another row names.</summary>
    private sealed class ChainView : IAsyncView
    {
        public const string ViewName = "chain";

        public string Name => ViewName;

        public int Version => 1;

        public IReadOnlySet<string> Types { get; } = new HashSet<string> { "visit-made.v1" };

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e)
        {
            var seen = rows.Get<Visits>("seen") ?? new(0);
            rows.Set("seen", new Visits(seen.Count + 1));
            var key = $"{seen.Count % 3}";
            rows.Set(key, new Visits((rows.Get<Visits>(key)?.Count ?? 0) + 1));
        }
    }
}
