using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Azure.Storage.Queues;
using Cx.Tests.Support;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests.Storage;

[Collection(nameof(Azurite))]
public sealed class QueueCreationTests(Azurite azurite)
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

    [SkippableFact]
    public async Task Queues_are_created_once_and_those_that_exist_keep_their_messages()
    {
        var account = azurite.Account();
        var touchpoints = account.Queue(Queues.Touchpoints);
        await touchpoints.CreateAsync();
        await touchpoints.SendMessageAsync("waits");

        await Create([.. Queues.OfStorage.Select(name => account.Queue(name))]);

        Assert.Equal("waits", Assert.Single((await touchpoints.PeekMessagesAsync(2)).Value).MessageText);
        var created = await new QueueServiceClient(account.ConnectionString).GetQueuesAsync().ToListAsync();
        Assert.Equal(Queues.OfStorage.Order(), created.Select(q => q.Name));
    }

    [SkippableFact]
    public async Task Storage_that_does_not_answer_does_not_delay_the_start_and_its_queues_are_created_once_it_answers()
    {
        var account = azurite.Account();
        var pauses = new HandClock(DateTimeOffset.UnixEpoch);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var unanswered = account with { QueuePort = ((IPEndPoint)silent.LocalEndpoint).Port };
        using var creation = new QueueCreation(
            [unanswered.Queue("never"), account.Queue("later", retries: 0)], pauses, NullLogger<QueueCreation>.Instance);

        await azurite.Stop();
        try
        {
            await creation.StartAsync(CancellationToken.None).WaitAsync(Timeout);
            await pauses.TimersMade(1).WaitAsync(Timeout);
        }
        finally
        {
            await azurite.Start();
        }

        Assert.False((await account.Queue("later").ExistsAsync()).Value);
        pauses.Advance(QueueCreation.FirstPause);
        await Created(account.Queue("later")).WaitAsync(Timeout);
        await creation.StopAsync(CancellationToken.None).WaitAsync(Timeout);
    }

    /// <summary>The queue expires what was announced before the timer has caught up, so announcements do not pile up.</summary>
    [SkippableFact]
    public async Task An_announcement_of_commits_expires_within_minutes()
    {
        var commits = azurite.Account().Queue(Queues.Commits);
        await commits.CreateAsync();

        await new CommitQueue(commits).Announce(CancellationToken.None);

        var announced = Assert.Single((await commits.PeekMessagesAsync(2)).Value);
        Assert.InRange(announced.ExpiresOn!.Value - announced.InsertedOn!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5));
    }

    private static async Task Create(IReadOnlyList<QueueClient> queues)
    {
        using var creation = new QueueCreation(queues, TimeProvider.System, NullLogger<QueueCreation>.Instance);
        await creation.StartAsync(CancellationToken.None);
        await creation.ExecuteTask!.WaitAsync(Timeout);
    }

    private static async Task Created(QueueClient queue)
    {
        while (!(await queue.ExistsAsync()).Value)
        {
            await Task.Yield();
        }
    }
}
