using Cx.Application;
using Cx.Application.Api;
using Cx.Application.Privacy;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Cx.FunctionApp;

/// <summary>What is done once before the store is used. It is tried until it succeeds: the database may come up after the worker.</summary>
public sealed partial class Preparation(TimeProvider clock, ILogger<Preparation> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>How long a request or a trigger waits for the first attempt.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the readiness check waits for it: it has to answer within two seconds.</summary>
    public static TimeSpan HealthPatience { get; } = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource failedOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Exception? failure;

    /// <summary>Completes when the store may be used.</summary>
    public Task Done => done.Task;

    /// <summary>Why the last attempt failed; none where none has failed.</summary>
    public Exception? Failure => failure;

    /// <summary>Returns once the work has succeeded; after a failure it is repeated from its beginning.</summary>
    /// <exception cref="KeyMismatchException">The database was written with other keys: repeating does not help.</exception>
    /// <exception cref="InvalidDataException">The erasure register cannot be read: repeating does not help.</exception>
    public async Task Run(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await work(ct);
                done.TrySetResult();
                return;
            }
            catch (Exception e) when (e is not (KeyMismatchException or InvalidDataException) && !ct.IsCancellationRequested)
            {
                failure = e;
                NotPrepared(log, pause, e);
                failedOnce.TrySetResult();
            }

            await Task.Delay(pause, clock, ct);
        }
    }

    /// <summary>Whether the store may be used. Waits for the first attempt, which mostly succeeds at once, and for no other.</summary>
    /// <param name="patience">The longest wait.</param>
    public async ValueTask<bool> Succeeded(TimeSpan patience, CancellationToken ct)
    {
        if (!done.Task.IsCompleted && !failedOnce.Task.IsCompleted)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(done.Task, failedOnce.Task, Task.Delay(patience, clock, enough.Token));
            await enough.CancelAsync();
            ct.ThrowIfCancellationRequested();
        }

        return done.Task.IsCompleted;
    }

    /// <inheritdoc cref="Succeeded" path="/param"/>
    /// <exception cref="ApiProblem">The store may not be used yet.</exception>
    public async ValueTask Demand(TimeSpan patience, CancellationToken ct)
    {
        if (!await Succeeded(patience, ct))
        {
            throw new ApiProblem(StatusCodes.Status503ServiceUnavailable, "store-unavailable", "The store is not prepared yet; nothing was changed. Try again.");
        }
    }

    [LoggerMessage(
        EventId = LogEvents.StoreNotPrepared, EventName = nameof(LogEvents.StoreNotPrepared), Level = LogLevel.Error,
        Message = "The store could not be prepared; requests are answered 503 and triggers fail; tried again in {Pause}")]
    private static partial void NotPrepared(ILogger logger, TimeSpan pause, Exception exception);
}

/// <summary>
/// Fails what is triggered before the store may be used: queues deliver again, timers fire again, activities are retried. HTTP functions answer for
/// themselves; an orchestration needs no store, and would end by failing.
/// </summary>
internal sealed class PreparedFirst(Preparation preparation) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.FunctionDefinition.InputBindings.Values.Any(b => b.Type is "httpTrigger" or "orchestrationTrigger")
            || await preparation.Succeeded(Preparation.Patience, context.CancellationToken))
        {
            await next(context);
            return;
        }

        // The Functions host shows only what belongs to an invocation, so the reason is told here, too.
        throw new InvalidOperationException($"The store is not prepared yet: {preparation.Failure?.Message ?? "the first attempt has not ended"}", preparation.Failure);
    }
}
