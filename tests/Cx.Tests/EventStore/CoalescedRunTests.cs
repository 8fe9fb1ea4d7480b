using Cx.Application.EventStore;

namespace Cx.Tests.EventStore;

public sealed class CoalescedRunTests
{
    private readonly CoalescedRun run = new();
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int rounds;

    [Fact]
    public async Task Calls_during_a_run_return_at_once_and_have_it_repeated_once()
    {
        var running = Run();
        Assert.True(Run().IsCompletedSuccessfully);
        Assert.True(Run().IsCompletedSuccessfully);
        Assert.Equal(1, rounds);

        first.SetResult();
        await running;

        Assert.Equal(2, rounds);
        await Run();
        Assert.Equal(3, rounds);
    }

    [Fact]
    public async Task After_a_failure_the_next_call_runs()
    {
        var running = Run();
        await Run();
        first.SetException(new FormatException("broken"));
        await Assert.ThrowsAsync<FormatException>(() => running);

        await Run();

        Assert.Equal(2, rounds);
    }

    [Fact]
    public async Task A_run_that_is_to_stop_is_not_repeated_and_the_next_call_runs()
    {
        using var stopping = new CancellationTokenSource();
        var running = Run(stopping.Token);
        await Run();
        await stopping.CancelAsync();
        first.SetResult();
        await running;
        Assert.Equal(1, rounds);

        await Run();

        Assert.Equal(2, rounds);
    }

    // The first round lasts until the test ends it.
    private Task Run(CancellationToken stopping = default) => run.Run(() => ++rounds == 1 ? first.Task : Task.CompletedTask, stopping);
}
