using Cx.FunctionApp.FollowUps;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>One orchestration as a task hub runs it, on the thread of the test: time passes by hand, activities end at once, and their retries take the time that their policy says.</summary>
internal sealed class FakeOrchestration(FollowUpTimer clock, Func<NextLook> activity, string version = FollowUpOrchestration.Version) : TaskOrchestrationContext
{
    private readonly List<(DateTime At, TaskCompletionSource Fired)> timers = [];
    private readonly Stack<Action> waiting = [];
    private readonly Queue<string> buffered = [];
    private DateTime now = new(2026, 3, 2, 9, 0, 0, DateTimeKind.Utc);
    private Task run = Task.CompletedTask;

    public override TaskName Name => nameof(FollowUpOrchestration);
    public override string InstanceId => clock.FollowUp.Value;
    public override string Version => version;
    public override ParentOrchestrationInstance? Parent => null;
    public override DateTime CurrentUtcDateTime => now;
    public override bool IsReplaying => false;
    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    /// <summary>How often the activity was called.</summary>
    public int Looks { get; private set; }

    /// <summary>The pauses between attempts of the activity.</summary>
    public List<TimeSpan> Retries { get; } = [];

    /// <summary>Timers that neither fired nor were cancelled.</summary>
    public IReadOnlyList<DateTime> Running => [.. timers.Where(t => !t.Fired.Task.IsCompleted).Select(t => t.At)];

    public ContinueAsNewOptions? Continued { get; private set; }

    public bool IsOver => run.IsCompletedSuccessfully;

    public FakeOrchestration Start()
    {
        Here(() => run = FollowUpOrchestration.Run(this));
        return this;
    }

    public void Advance(TimeSpan by)
    {
        now += by;
        foreach (var (_, fired) in timers.Where(t => t.At <= now && !t.Fired.Task.IsCompleted).ToList())
        {
            Here(fired.SetResult);
        }
    }

    public void Raise() => Here(() =>
    {
        if (waiting.TryPop(out var take))
            take();
        else
            buffered.Enqueue(FollowUpOrchestration.FactsChanged);
    });

    /// <summary>The new history that it continued as, with the events it is owed.</summary>
    public FakeOrchestration Successor()
    {
        var next = new FakeOrchestration((FollowUpTimer)Continued!.NewInput!, activity, Continued.NewVersion ?? version) { now = now };
        foreach (var name in Continued.PreserveUnprocessedEvents ? buffered.ToArray() : [])
        {
            next.buffered.Enqueue(name);
        }

        return next.Start();
    }

    public override T? GetInput<T>() where T : default => (T)(object)clock;

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        Assert.Equal(nameof(WakeFollowUp), name.Name);
        Assert.Equal(clock, input);
        var policy = options!.Retry!.Policy!;
        for (var (attempt, pause) = (1, policy.FirstRetryInterval); ; attempt++)
        {
            try
            {
                Looks++;
                return Task.FromResult((TResult)(object)activity());
            }
            catch (Exception e) when (attempt == policy.MaxNumberOfAttempts)
            {
                return Task.FromException<TResult>(new TaskFailedException(name, 0, e));
            }
            catch (Exception)
            {
                Retries.Add(pause);
                now += pause;
                pause = pause * policy.BackoffCoefficient < policy.MaxRetryInterval ? pause * policy.BackoffCoefficient : policy.MaxRetryInterval;
            }
        }
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var fired = new TaskCompletionSource();
        cancellationToken.Register(() => fired.TrySetCanceled(cancellationToken));
        timers.Add((fireAt, fired));
        return fired.Task;
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        Assert.Equal(FollowUpOrchestration.FactsChanged, eventName);
        if (buffered.TryDequeue(out _))
            return Task.FromResult<T>(default!);

        // The last to wait is served first, as in a task hub.
        var taken = new TaskCompletionSource<T>();
        waiting.Push(() => taken.SetResult(default!));
        return taken.Task;
    }

    public override void ContinueAsNew(ContinueAsNewOptions options) => Continued = options;

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        Continued = new() { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents };

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

    public override void SetCustomStatus(object? customStatus) => throw new NotSupportedException();

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) => throw new NotSupportedException();

    public override Guid NewGuid() => throw new NotSupportedException();

    // What follows runs at once, on this thread, whatever the test runner's way is.
    private static void Here(Action action)
    {
        var runner = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(runner);
        }
    }
}
