using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Simulating;
using Npgsql;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>
/// Runs what waits in the queue. It reads the log and writes nothing but the simulation's own rows. What it has done is written every few seconds, so that
/// another process goes on from there, and the result is the same however often that happens.
/// </summary>
public sealed partial class SimulationRunner(
    SimulationQueue queue, CustomerHistories histories, NpgsqlDataSource database, TimeProvider clock, ILogger<SimulationRunner> log)
{
    /// <summary>Of so many customers the differences are listed; all are counted.</summary>
    public const int MostListed = 10_000;

    // Each was a process that ended while it ran this simulation: it may be what ended them.
    private const int MostAttempts = 10;

    private const int IdsAtOnce = 5_000;

    // By the machine's own clock: they have to do with work, and not with the shop's time.
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs the one that waits longest, if no process runs any.</summary>
    /// <param name="stopping">Whoever goes on does so from where it was saved last.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunNext(CancellationToken stopping)
    {
        if (await queue.TryClaim(clock.GetUtcNow(), stopping) is not { } simulation)
        {
            return false;
        }

        var run = new Run(simulation);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var renewing = Renew(run, ending);
        try
        {
            await Try(run, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            await queue.GiveBack(simulation, CancellationToken.None);
        }
        catch (NpgsqlException e) when (e.IsTransient)
        {
            // Its lease passes, and some process goes on.
            Interrupted(log, simulation.Id, e);
        }
        catch (NewerVersionException e)
        {
            // A newer process can read it.
            Interrupted(log, simulation.Id, e);
        }
        finally
        {
            await ending.CancelAsync();
            await renewing;
        }

        return true;
    }

    private async Task Try(Run run, CancellationToken ct)
    {
        var simulation = run.Simulation;
        if (simulation.Attempts > MostAttempts)
        {
            await queue.Fail(simulation, $"Processes that ran it ended {MostAttempts} times before it was done; see their logs.", clock.GetUtcNow(), ct);
            return;
        }

        try
        {
            await Execute(run, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is not NewerVersionException and not NpgsqlException { IsTransient: true })
        {
            Failed(log, simulation.Id, simulation.Shop, e);
            await queue.Fail(simulation, "It could not be run; the log of the process says why.", clock.GetUtcNow(), ct);
        }
    }

    private async Task Execute(Run run, CancellationToken ct)
    {
        var (simulation, input) = (run.Simulation, run.Simulation.Input);
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await ShopTimelines.Read(connection, simulation.Shop, input.To, ct) is not { } timeline)
        {
            await queue.Fail(simulation, "The shop was set up after the end of the simulated time: give a later 'to'.", clock.GetUtcNow(), ct);
            return;
        }

        var simulator = new Simulator(input.Plan(timeline));
        var done = run.Done = simulation.Checkpoint ?? new(await Count(connection, simulation.Shop, ct), 0, null, 0, 0, new());
        var share = input.Sample is { } sample ? (double)sample / Math.Max(done.All, 1) : 1;
        var (pace, kept, saved) = (new SimulationPace(), new List<SimulatedCustomer>(), TimeProvider.System.GetTimestamp());
        for (var isLast = false; !isLast;)
        {
            await pace.NextTurn(connection, ct);
            var page = await histories.Read(
                connection, new(timeline.Moments[^1].Facts, input.To, done.After, id => share >= 1 || SimulationPlan.Draw(id) < share, pace.MostEvents, pace.Workers), ct);
            var outcomes = Simulate(simulator, page.Histories, pace.Workers, ct);
            done = run.Done = Add(done, page, outcomes, kept);
            isLast = page.Next is null;
            if (!isLast && TimeProvider.System.GetElapsedTime(saved) >= SaveEvery)
            {
                if (!await queue.Save(connection, simulation, done, kept, ct))
                {
                    return;   // It was cancelled, or another process runs it.
                }

                kept.Clear();
                saved = TimeProvider.System.GetTimestamp();
            }
        }

        var result = SimulationResult.Of(done.Tally);
        kept.AddRange(result.Examples.Select(m => new SimulatedCustomer(m.Customer, [], [m])));
        var customers = kept.GroupBy(k => k.Customer).Select(g => new SimulatedCustomer(g.Key, [.. g.SelectMany(k => k.Differences)], [.. g.SelectMany(k => k.Messages)]));
        await queue.Finish(connection, simulation, new(result with { Examples = [] }, done.Listed, done.Unreadable), [.. customers], clock.GetUtcNow(), ct);
    }

    private SimulationCheckpoint Add(SimulationCheckpoint done, CustomerHistoryPage page, (CustomerOutcome? Outcome, Exception? Error)[] outcomes, List<SimulatedCustomer> kept)
    {
        var listed = done.Listed;
        foreach (var outcome in outcomes.Select(o => o.Outcome).OfType<CustomerOutcome>())
        {
            done.Tally.Add(outcome);
            if (outcome.Differences.Count > 0 && listed < MostListed)
            {
                listed++;
                kept.Add(new(outcome.Customer, outcome.Differences, []));
            }
        }

        var unreadable = page.Unreadable.Concat(outcomes.Zip(page.Histories).Where(o => o.First.Error is not null).Select(o => (o.Second.Customer, Error: o.First.Error!))).ToList();
        foreach (var (customer, error) in unreadable)
        {
            LeftOut(log, customer, error);
        }

        return done with { Read = done.Read + page.Read, After = page.Next, Listed = listed, Unreadable = done.Unreadable + unreadable.Count };
    }

    // One customer whose log is odd costs that customer.
    private static (CustomerOutcome? Outcome, Exception? Error)[] Simulate(Simulator simulator, IReadOnlyList<CustomerHistory> histories, int workers, CancellationToken ct)
    {
        var outcomes = new (CustomerOutcome?, Exception?)[histories.Count];
        Parallel.For(0, histories.Count, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = ct }, i =>
        {
            try
            {
                outcomes[i] = (simulator.Run(histories[i]), null);
            }
            catch (Exception e)
            {
                outcomes[i] = (null, e);
            }
        });
        return outcomes;
    }

    private static async Task<int> Count(NpgsqlConnection connection, ShopId shop, CancellationToken ct)
    {
        var count = 0;
        for (CustomerId? after = null; ;)
        {
            var ids = await CustomerHistories.ReadIds(connection, shop, after, IdsAtOnce, ct);
            count += ids.Count;
            if (ids.Count < IdsAtOnce)
            {
                return count;
            }

            after = ids[^1];
        }
    }

    // Keeps the lease while the run goes on, and ends the run that was cancelled or taken over.
    private async Task Renew(Run run, CancellationTokenSource ending)
    {
        using var turns = new PeriodicTimer(RenewEvery);
        try
        {
            while (await turns.WaitForNextTickAsync(ending.Token))
            {
                try
                {
                    if (!await queue.Renew(run.Simulation, run.Done?.Progress ?? 0, ending.Token))
                    {
                        await ending.CancelAsync();
                    }
                }
                catch (NpgsqlException e) when (e.IsTransient)
                {
                    // Until the lease passes nobody else runs it.
                    Interrupted(log, run.Simulation.Id, e);
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }
    }

    private sealed class Run(ClaimedSimulation simulation)
    {
        public ClaimedSimulation Simulation { get; } = simulation;

        public volatile SimulationCheckpoint? Done = simulation.Checkpoint;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Simulation {Simulation} was interrupted; a process goes on with it within a minute")]
    private static partial void Interrupted(ILogger logger, string simulation, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Simulation {Simulation} of shop {Shop} failed")]
    private static partial void Failed(ILogger logger, string simulation, ShopId shop, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A simulation leaves customer {Customer} out, whose log cannot be read")]
    private static partial void LeftOut(ILogger logger, CustomerId customer, Exception error);
}

/// <summary>Runs simulations one after the other while the process runs.</summary>
public sealed class SimulationWorker(SimulationRunner runner, ILogger<SimulationWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Interval);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await runner.RunNext(stoppingToken))
                {
                }

                await ticks.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                log.LogError(e, "Simulations could not be run; retrying.");
                await ticks.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}
