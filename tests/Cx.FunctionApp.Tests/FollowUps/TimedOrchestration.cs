using Cx.FunctionApp.FollowUps;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>
/// One orchestration on the thread of the test, where time must pass, which the task hub in this process cannot let it: timers fire as time is moved,
/// activities end at once, and their retries take the time that their policy says.
/// </summary>
internal sealed class TimedOrchestration(FollowUpTimer timer, Func<NextWake> activity, string version = FollowUpOrchestration.Version) : TaskOrchestrationContext
{
    private readonly List<(DateTime At, TaskCompletionSource Fired)> timers = [];
    private Action? take;
    private DateTime now = new(2026, 3, 2, 9, 0, 0, DateTimeKind.Utc);
    private Task run = Task.CompletedTask;

    public override TaskName Name => nameof(FollowUpOrchestration);
    public override string InstanceId => timer.FollowUp.Value;
    public override string Version => version;
    public override ParentOrchestrationInstance? Parent => null;
    public override DateTime CurrentUtcDateTime => now;
    public override bool IsReplaying => false;
    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    /// <summary>How often the activity was called.</summary>
    public int Wakes { get; private set; }

    /// <summary>The pauses between attempts of the activity.</summary>
    public List<TimeSpan> Retries { get; } = [];

    /// <summary>Timers that neither fired nor were cancelled.</summary>
    public IReadOnlyList<DateTime> Running => [.. timers.Where(t => !t.Fired.Task.IsCompleted).Select(t => t.At)];

    /// <summary>What it shows.</summary>
    public NextWake? Status { get; private set; }

    public ContinueAsNewOptions? Continued { get; private set; }

    public bool IsOver => run.IsCompletedSuccessfully;

    public TimedOrchestration Start()
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

    public void Raise() => Here(take!);

    public override T? GetInput<T>() where T : default => (T)(object)timer;

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        Assert.Equal(nameof(WakeFollowUp), name.Name);
        Assert.Equal(timer, input);
        var policy = options!.Retry!.Policy!;
        for (var (attempt, pause) = (1, policy.FirstRetryInterval); ; attempt++)
        {
            try
            {
                Wakes++;
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
        var taken = new TaskCompletionSource<T>();
        take = () => taken.SetResult(default!);
        return taken.Task;
    }

    public override void SetCustomStatus(object? customStatus) => Status = (NextWake?)customStatus;

    public override void ContinueAsNew(ContinueAsNewOptions options) => Continued = options;

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        Continued = new() { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents };

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

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
