using System.Collections.Concurrent;
using Cx.FunctionApp.FollowUps;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>A task hub that remembers what it was asked for, and can be out of order.</summary>
internal sealed class FakeTaskHub() : DurableTaskClient("fake")
{
    private readonly ConcurrentDictionary<string, OrchestrationRuntimeStatus> instances = new();

    public bool IsBroken { get; set; }

    public ConcurrentQueue<FollowUpTimer> Started { get; } = new();

    /// <summary>Instances that heard of changed facts.</summary>
    public ConcurrentQueue<string> Told { get; } = new();

    public IReadOnlyDictionary<string, OrchestrationRuntimeStatus> Instances => instances;

    public PurgeInstancesFilter? Purged { get; private set; }

    public void Set(string instanceId, OrchestrationRuntimeStatus status) => instances[instanceId] = status;

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        Check();
        Assert.Equal(nameof(FollowUpOrchestration), orchestratorName.Name);
        Assert.Equal(FollowUpOrchestration.Version, options!.Version!.Value.Version);
        var id = options.InstanceId!;
        if (instances.TryGetValue(id, out var status) && options.DedupeStatuses!.Contains(status.ToString()))
            throw new InvalidOperationException($"{id} is {status}.");
        instances[id] = OrchestrationRuntimeStatus.Pending;
        Started.Enqueue((FollowUpTimer)input!);
        return Task.FromResult(id);
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        Check();
        Assert.Equal(FollowUpOrchestration.FactsChanged, eventName);
        Assert.Contains(instanceId, instances);
        Told.Enqueue(instanceId);
        return Task.CompletedTask;
    }

    public override Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        Check();
        return Task.FromResult(instances.TryGetValue(instanceId, out var status) ? new OrchestrationMetadata(nameof(FollowUpOrchestration), instanceId) { RuntimeStatus = status } : null);
    }

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        Check();
        instances[instanceId] = OrchestrationRuntimeStatus.Terminated;
        return Task.CompletedTask;
    }

    public override async Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        (await GetInstancesAsync(instanceId, getInputsAndOutputs, cancellation))!;

    public override Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        Check();
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, instances[instanceId]);
        instances.TryRemove(instanceId, out _);
        return Task.FromResult(new PurgeResult(1));
    }

    public override Task<PurgeResult> PurgeAllInstancesAsync(PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        Purged = filter;
        return Task.FromResult(new PurgeResult(0));
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Check()
    {
        if (IsBroken)
            throw new TimeoutException("The task hub does not answer.");
    }
}
