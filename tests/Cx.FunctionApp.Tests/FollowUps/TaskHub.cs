using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Cx.FunctionApp.FollowUps;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>A task hub in this process that runs the orchestrations; what is asked of it is recorded, and refused while it is broken.</summary>
internal sealed class TaskHub : DurableTaskClient
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private readonly List<FollowUpTimer> wakes = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> waiting = [];
    private readonly SemaphoreSlim asked = new(0);
    private readonly ConcurrentQueue<FollowUpTimer> started = new();
    private readonly ConcurrentQueue<string> notified = new();
    private DurableTaskTestHost host = null!;

    private TaskHub(Func<FollowUpTimer, Task<NextWake>> wake) : base("test") => Wake = wake;

    /// <summary>What the activity does.</summary>
    public Func<FollowUpTimer, Task<NextWake>> Wake { get; set; }

    public bool IsBroken { get; set; }

    /// <summary>No instance is found, as where each is started just after it was asked for.</summary>
    public bool HidesInstances { get; set; }

    /// <summary>What is asked about instances is not answered before.</summary>
    public Task Answers { get; set; } = Task.CompletedTask;

    /// <summary>With what orchestrations were started.</summary>
    public IReadOnlyCollection<FollowUpTimer> Started => started;

    /// <summary>Instances that were notified of changed facts.</summary>
    public IReadOnlyCollection<string> Notified => notified;

    public PurgeInstancesFilter? Purged { get; private set; }

    /// <summary>With what the activity was called.</summary>
    public IReadOnlyList<FollowUpTimer> Wakes
    {
        get
        {
            lock (gate) return [.. wakes];
        }
    }

    public static async Task<TaskHub> Start(Func<FollowUpTimer, Task<NextWake>> wake)
    {
        var hub = new TaskHub(wake);
        hub.host = await DurableTaskTestHost.StartAsync(
            tasks => tasks
                .AddOrchestratorFunc<FollowUpTimer>(nameof(FollowUpOrchestration), (context, _) => FollowUpOrchestration.Run(context))
                .AddActivityFunc<FollowUpTimer, NextWake>(nameof(WakeFollowUp), (_, timer) => hub.Run(timer)),
            new() { Port = FreePort() });
        return hub;
    }

    /// <summary>Returns when the activity has ended so many times.</summary>
    public Task Woken(int count)
    {
        lock (gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((count, reached));
            Release();
            return reached.Task.WaitAsync(Timeout);
        }
    }

    /// <summary>Returns when so many more questions about instances were asked.</summary>
    public async Task Asked(int count)
    {
        for (var i = 0; i < count; i++) Assert.True(await asked.WaitAsync(Timeout));
    }

    /// <summary>Returns when the orchestration sleeps until an instant or until facts change, with what it shows.</summary>
    /// <param name="at">An instant before which it does not sleep.</param>
    public async Task<NextWake> Asleep(string instanceId, DateTimeOffset at)
    {
        using var end = new CancellationTokenSource(Timeout);
        while (true)
        {
            var instance = await host.Client.GetInstanceAsync(instanceId, getInputsAndOutputs: true, end.Token);
            if (instance?.ReadCustomStatusAs<NextWake>() is { } next && !(next.At <= at))
            {
                return next;
            }
        }
    }

    public async Task<bool> Has(string instanceId) => await host.Client.GetInstanceAsync(instanceId) is not null;

    public async Task<OrchestrationRuntimeStatus> Ended(string instanceId) => (await host.Client.WaitForInstanceCompletionAsync(instanceId).WaitAsync(Timeout)).RuntimeStatus;

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var id = await Answering().ScheduleNewOrchestrationInstanceAsync(orchestratorName, input, options, cancellation);
        if (input is FollowUpTimer timer)
        {
            started.Enqueue(timer);
        }

        return id;
    }

    public override async Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        await Answering().RaiseEventAsync(instanceId, eventName, eventPayload, cancellation);
        notified.Enqueue(instanceId);
    }

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        asked.Release();
        await Answers;
        return HidesInstances ? null : await Answering().GetInstanceAsync(instanceId, getInputsAndOutputs, cancellation);
    }

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        Answering().TerminateInstanceAsync(instanceId, options, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        Answering().WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs, cancellation);

    public override Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        Answering().PurgeInstanceAsync(instanceId, options, cancellation);

    public override Task<PurgeResult> PurgeAllInstancesAsync(PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        Purged = filter;
        return Answering().PurgeAllInstancesAsync(filter, options, cancellation);
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) => throw new NotSupportedException();

    public override ValueTask DisposeAsync()
    {
        asked.Dispose();
        return host.DisposeAsync();
    }

    private DurableTaskClient Answering() => IsBroken ? throw new TimeoutException("The task hub does not answer.") : host.Client;

    private async Task<NextWake> Run(FollowUpTimer timer)
    {
        var next = await Wake(timer);
        lock (gate)
        {
            wakes.Add(timer);
            Release();
        }

        return next;
    }

    private void Release() => waiting.ForEach(w =>
    {
        if (w.Count <= wakes.Count) w.Reached.TrySetResult();
    });

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
