using System.Collections.Concurrent;
using Cx.Application.EventStore;

namespace Cx.Tests.Support;

/// <summary>A store outside the database, in memory, that can be away, slow, or the end of the process.</summary>
internal sealed class OutsidePayloads : IPayloadStore
{
    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new(StringComparer.Ordinal);

    /// <summary>The names that were put, each time.</summary>
    public ConcurrentQueue<string> Puts { get; } = new();

    /// <summary>What happens when a payload is on its way, and when it has just arrived.</summary>
    public Func<string, Task> BeforePut { get; set; } = _ => Task.CompletedTask;

    public Func<string, Task> AfterPut { get; set; } = _ => Task.CompletedTask;

    /// <summary>What happens before a payload is read.</summary>
    public Func<Task> BeforeGet { get; set; } = () => Task.CompletedTask;

    public bool Away { get; set; }

    public async Task Put(string name, ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        Reach();
        await BeforePut(name);
        Puts.Enqueue(name);
        Blobs[name] = payload.ToArray();
        await AfterPut(name);
    }

    public async Task<byte[]?> Get(string name, CancellationToken ct)
    {
        Reach();
        await BeforeGet();
        return Blobs.GetValueOrDefault(name);
    }

    public Task Delete(string name, CancellationToken ct)
    {
        Reach();
        Blobs.TryRemove(name, out _);
        return Task.CompletedTask;
    }

    private void Reach()
    {
        if (Away)
        {
            throw new IOException("The store outside is away.");
        }
    }
}
