using Cx.Application.EventStore.Projections;
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
        Assert.Equal(1, await log.Scalar("select count(*) from mt_event_progression"));
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
    public async Task An_event_that_cannot_be_folded_stops_its_view_with_a_log_entry_and_no_other_view()
    {
        var before = await log.Visit("good", 2);
        var bad = await log.Visit("bad");
        var last = await log.Visit("good");
        var broken = true;
        await using var host = new RunningHost(log.Host(
            new VisitsView(seen: stream => { if (stream == "bad" && broken) throw new FormatException("broken"); }), new NothingView()));

        await host.Shows(last, NothingView.ViewName);
        var failure = await log.Failures.First;
        Assert.Equal((VisitsView.ViewName, (long?)bad), ((string?)failure.Values["View"], (long?)failure.Values["Sequence"]));
        Assert.IsType<FormatException>(failure.Error);
        Assert.Equal(before, await log.Scalar("select last_seq_id from mt_event_progression where name = 'cx:visits:1'"));

        broken = false;
        await host.Shows(last);
        Assert.Equal((3, 1), (await log.Count("good"), await log.Count("bad")));
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
