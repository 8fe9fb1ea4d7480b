using System.Reflection;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Cx.Tests.Support;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests;

public sealed class QueueCreationTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public void Every_queue_that_the_app_reads_or_writes_is_created()
    {
        var functions = typeof(Queues).Assembly.GetTypes().SelectMany(t => t.GetMethods()).ToList();
        var used = functions.SelectMany(m => m.GetParameters()).Select(p => p.GetCustomAttribute<QueueTriggerAttribute>()?.QueueName)
            .Concat(functions.Select(m => m.GetCustomAttribute<QueueOutputAttribute>()?.QueueName)).OfType<string>();

        Assert.Equal(used.Distinct().Order(), Queues.OfStorage.Order());
    }

    [Fact]
    public async Task Storage_that_does_not_answer_delays_neither_the_start_nor_the_other_queues_and_a_failure_is_retried()
    {
        var pauses = new HandClock(DateTimeOffset.UnixEpoch);
        var (silent, failing, good) = (new FakeQueue("silent"), new FakeQueue("failing"), new FakeQueue("good"));
        silent.Answers.Enqueue(new TaskCompletionSource().Task);
        failing.Answers.Enqueue(Task.FromException(new RequestFailedException(503, "Busy")));
        using var creation = new QueueCreation([silent, failing, good], pauses, NullLogger<QueueCreation>.Instance);

        await creation.StartAsync(CancellationToken.None).WaitAsync(Timeout);
        await good.Created.WaitAsync(Timeout);
        await pauses.TimersMade(1).WaitAsync(Timeout);
        Assert.False(failing.Created.IsCompleted);
        pauses.Advance(QueueCreation.FirstPause);

        await failing.Created.WaitAsync(Timeout);
        Assert.False(silent.Created.IsCompleted);
        await creation.StopAsync(CancellationToken.None).WaitAsync(Timeout);
    }
}

/// <summary>A queue of a storage account, as far as it is created and written to.</summary>
internal sealed class FakeQueue(string name) : QueueClient
{
    private readonly TaskCompletionSource created = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Name => name;

    /// <summary>What the first attempts to create it meet.</summary>
    public Queue<Task> Answers { get; } = new();

    public Task Created => created.Task;

    public List<TimeSpan?> Lives { get; } = [];

    public override async Task<Response> CreateIfNotExistsAsync(IDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        if (Answers.TryDequeue(out var answer))
        {
            await answer.WaitAsync(cancellationToken);
        }

        created.TrySetResult();
        return null!;
    }

    public override Task<Response<SendReceipt>> SendMessageAsync(
        string messageText, TimeSpan? visibilityTimeout = null, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default)
    {
        Lives.Add(timeToLive);
        return Task.FromResult<Response<SendReceipt>>(null!);
    }
}
