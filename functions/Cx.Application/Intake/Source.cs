using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;

namespace Cx.Application.Intake;

/// <summary>A system that posts to us. One file each under Sources/: its signature, its delivery key, its topics, its translation.</summary>
public interface ISource
{
    /// <summary>The name in the webhook's address.</summary>
    string Name { get; }

    /// <summary>Whether the exact bytes come from who holds one of the secrets. Never throws, whatever the headers hold.</summary>
    Verdict Verify(Incoming incoming, IReadOnlyList<string> secrets);

    /// <summary>What makes this delivery the same as another. Called on authentic deliveries only; the body parsed if the source needs it.</summary>
    string DeliveryKey(Incoming incoming);

    string Topic(Incoming incoming);

    /// <summary>What the payload says happened.</summary>
    /// <exception cref="UntranslatableException">Authentic and readable, but a value has no exact form or is missing.</exception>
    Translation Translate(Incoming incoming);

    /// <summary>Whether a secret has the form this source needs; the reason if not.</summary>
    string? RefuseSecret(string secret);
}

/// <summary>One request as it arrived: the exact bytes, read once.</summary>
public sealed class Incoming(IHeaderDictionary headers, ReadOnlyMemory<byte> body, DateTimeOffset receivedAt) : IDisposable
{
    /// <summary>How deep a body may nest.</summary>
    public const int MaxDepth = 64;

    private JsonDocument? json;

    public IHeaderDictionary Headers { get; } = headers;

    public ReadOnlyMemory<byte> Body { get; } = body;

    public DateTimeOffset ReceivedAt { get; } = receivedAt;

    /// <summary>The body as JSON, parsed once, at most 64 deep.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public JsonElement Json => (json ??= JsonDocument.Parse(Body, new JsonDocumentOptions { MaxDepth = MaxDepth })).RootElement;

    public void Dispose() => json?.Dispose();

    /// <summary>The one value of a header; none when absent or given more than once.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var values) && values.Count == 1 ? values[0] : null;
}

/// <summary>What the signature check found.</summary>
public enum Verdict
{
    Authentic,

    /// <summary>The signature is missing or wrong, or its timestamp is outside the tolerance: 401.</summary>
    Forged,

    /// <summary>A header that the check needs does not parse: 400.</summary>
    Malformed,

    /// <summary>An unsigned hello that wants 200 and carries nothing.</summary>
    Ping,
}

/// <summary>A value cannot be taken over exactly; the delivery is kept as failed with this reason.</summary>
public sealed class UntranslatableException(string reason) : Exception(reason);

/// <summary>An identifier as it arrived, in the clear, not yet normalised.</summary>
public readonly record struct RawIdentifier(IdentifierKind Kind, string Value);

/// <summary>What one payload says.</summary>
public abstract record Translation
{
    private Translation() { }

    /// <summary>Facts about one or more people, each applied in a transaction of its own.</summary>
    public sealed record Reports(IReadOnlyList<Report> Items) : Translation;

    /// <summary>A topic that is archived and acknowledged, no more.</summary>
    public sealed record Nothing : Translation;

    /// <summary>The platform passes on that a person wants to be erased.</summary>
    public sealed record Erase(IReadOnlyList<RawIdentifier> Who) : Translation;
}

/// <summary>Facts about one person.</summary>
/// <param name="Who">All that names the person. When only orders or conversations do, and none is known yet, the report waits.</param>
/// <param name="Facts">Events as the source reports them, personal values in the clear; the decider keeps those that are new.</param>
public sealed record Report(IReadOnlyList<RawIdentifier> Who, IReadOnlyList<ICustomerEvent> Facts)
{
    /// <summary>The part of the payload that speaks of this person, where others are spoken of besides; none: all of it.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }
}
