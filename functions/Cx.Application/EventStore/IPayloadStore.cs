namespace Cx.Application.EventStore;

/// <summary>
/// Where sealed payloads lie outside the database. It only ever holds ciphertext: the key of each payload stays in its row, so that
/// deleting the row makes the payload unreadable at once, wherever copies of it are.
/// </summary>
public interface IPayloadStore
{
    /// <summary>Returns once the bytes are kept as durably as the store can, whole. The same name again holds the newer bytes.</summary>
    /// <param name="name">Parts of letters, digits and hyphens, with a slash between them.</param>
    Task Put(string name, ReadOnlyMemory<byte> payload, CancellationToken ct);

    /// <summary>The exact bytes that were put; none when nothing has that name.</summary>
    Task<byte[]?> Get(string name, CancellationToken ct);

    /// <summary>Afterwards nothing has that name; deleting what is not there succeeds.</summary>
    Task Delete(string name, CancellationToken ct);
}

/// <summary>A payload lies outside the database and could not be read.</summary>
/// <param name="name">Of the blob.</param>
public sealed class PayloadUnreachableException(
    string name, string why, Exception? inner = null) : Exception($"The payload {name} lies in Blob storage and {why}", inner);

/// <summary>For a host without Blob storage: its payloads are in PostgreSQL. The error for one that is not names what to do.</summary>
public sealed class NoPayloadStore : IPayloadStore
{
    public Task Put(string name, ReadOnlyMemory<byte> payload, CancellationToken ct) => throw Elsewhere(name);

    public Task<byte[]?> Get(string name, CancellationToken ct) => throw Elsewhere(name);

    public Task Delete(string name, CancellationToken ct) => throw Elsewhere(name);

    private static PayloadUnreachableException Elsewhere(string name) =>
        new(name, "this host has no Blob storage. Set Cx__Archive=postgres on the Azure host and let it bring the payloads back before another host takes its place.");
}
