namespace Cx.Application.EventStore;

/// <summary>For a host without Blob storage: payloads are in PostgreSQL, and one that is not says what to do.</summary>
public sealed class NoPayloadStore : IPayloadStore
{
    public Task Put(string name, ReadOnlyMemory<byte> payload, CancellationToken ct) => throw Elsewhere(name);

    public Task<byte[]?> Get(string name, CancellationToken ct) => throw Elsewhere(name);

    public Task Delete(string name, CancellationToken ct) => throw Elsewhere(name);

    private static PayloadUnreachableException Elsewhere(string name) =>
        new(name, "this host has none. Set Cx__Archive=postgres on the Azure host and let it bring the payloads back before another host takes its place.");
}
