using System.Buffers;
using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;

namespace Cx.Application.Intake;

/// <summary>A system that posts deliveries to us: its signature, delivery key, topic and payload. Each has a file under Sources/.</summary>
public interface ISource
{
    /// <summary>The name in the webhook's address.</summary>
    string Name { get; }

    /// <summary>Checks the signature over the exact bytes under each secret. Never throws, whatever the headers hold.</summary>
    Verdict Verify(Incoming incoming, IReadOnlyList<string> secrets);

    /// <summary>The key by which a repeated delivery is recognised. Called on authentic deliveries only; may parse the body.</summary>
    string DeliveryKey(Incoming incoming);

    string Topic(Incoming incoming);

    /// <summary>Translates the payload into facts about customers.</summary>
    /// <exception cref="UntranslatableException">A value is missing or has no exact form.</exception>
    Translation Translate(Incoming incoming);

    /// <summary>Why a secret does not have the form this source needs, without repeating it; null when it has.</summary>
    string? RefuseSecret(string secret);
}

/// <summary>One delivery as it arrived: its headers and the exact bytes of its body, valid until it is disposed.</summary>
public sealed class Incoming(IHeaderDictionary headers, ReadOnlyMemory<byte> body, DateTimeOffset receivedAt) : IDisposable
{
    /// <summary>The largest body taken: 1 MiB.</summary>
    public const int MaxLength = 1024 * 1024;

    /// <summary>The deepest nesting of a JSON body.</summary>
    public const int MaxDepth = 64;

    private ReadOnlyMemory<byte> WithoutBom => Body.Span.StartsWith(Bom) ? Body[Bom.Length..] : Body;

    private static ReadOnlySpan<byte> Bom => [0xEF, 0xBB, 0xBF];

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);

    private byte[]? rented;
    private JsonDocument? json;

    public IHeaderDictionary Headers { get; } = headers;

    public ReadOnlyMemory<byte> Body { get; } = body;

    public DateTimeOffset ReceivedAt { get; } = receivedAt;

    /// <summary>What of the body was left out in its translation, by JSON pointer, with the reason; never a value.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>The body as JSON, parsed once; a byte order mark before it is skipped.</summary>
    /// <exception cref="JsonException">It is not JSON, or nests deeper than <see cref="MaxDepth"/>.</exception>
    public JsonElement Json => (json ??= JsonDocument.Parse(WithoutBom, new JsonDocumentOptions { MaxDepth = MaxDepth })).RootElement;

    /// <summary>Whether the body is JSON that nests deeper than <see cref="MaxDepth"/>.</summary>
    public bool IsTooDeep()
    {
        try
        {
            using var deep = JsonDocument.Parse(WithoutBom, new JsonDocumentOptions { MaxDepth = MaxLength });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads a request's body once, up to <see cref="MaxLength"/> bytes within 10 s.</summary>
    /// <exception cref="ApiProblem">413 when it is too large, 408 when it does not arrive in time.</exception>
    public static async Task<Incoming> Read(HttpRequest request, TimeProvider clock)
    {
        if (request.ContentLength > MaxLength)
        {
            throw TooLarge();
        }

        var aborted = request.HttpContext.RequestAborted;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        timeout.CancelAfter(ReadTimeout);
        var buffer = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? 16 * 1024) + 1);
        try
        {
            var length = 0;
            while (await request.Body.ReadAsync(buffer.AsMemory(length), timeout.Token) is var read and > 0)
            {
                length += read;
                if (length > MaxLength)
                {
                    throw TooLarge();
                }

                if (length == buffer.Length)
                {
                    var full = buffer;
                    buffer = ArrayPool<byte>.Shared.Rent(full.Length * 2);
                    full.CopyTo(buffer, 0);
                    ArrayPool<byte>.Shared.Return(full);
                }
            }

            return new(request.Headers, buffer.AsMemory(0, length), clock.GetUtcNow()) { rented = buffer };
        }
        catch (Exception e)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (e is OperationCanceledException && !aborted.IsCancellationRequested)
            {
                throw new ApiProblem(
                    StatusCodes.Status408RequestTimeout, "body-too-slow", $"The body did not arrive within {ReadTimeout.TotalSeconds} s.");
            }

            throw;
        }
    }

    /// <summary>The one value of a header; none when absent or given more than once.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var values) && values.Count == 1 ? values[0] : null;

    public void Dispose()
    {
        json?.Dispose();
        if (Interlocked.Exchange(ref rented, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ApiProblem TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, "body-too-large", $"The body is larger than {MaxLength} bytes.");
}

/// <summary>The result of a signature check.</summary>
public enum Verdict
{
    Authentic,

    /// <summary>The signature is missing or wrong, or its timestamp is outside the tolerance: 401.</summary>
    Forged,

    /// <summary>A header that the check needs does not parse: 400.</summary>
    Malformed,

    /// <summary>An unsigned connection test without a payload: 200.</summary>
    Ping,
}

/// <summary>A payload cannot be translated exactly; the delivery is stored as failed with this reason, which never holds a value.</summary>
public sealed class UntranslatableException(string reason) : Exception(reason);

/// <summary>What a payload asks for.</summary>
public abstract record Translation
{
    private Translation() { }

    /// <summary>Record facts about one or more customers, each in a transaction of its own.</summary>
    public sealed record Reports(IReadOnlyList<Report> Items) : Translation
    {
        /// <summary>Facts about one customer.</summary>
        public static Reports Of(IReadOnlyList<RawIdentifier> identifiers, IReadOnlyList<ICustomerEvent> facts) => new([new(identifiers, facts)]);
    }

    /// <summary>Archive and acknowledge it; it concerns no customer.</summary>
    public sealed record Nothing : Translation;

    /// <summary>Link two customer ids of the shop, which are one person's; a record is made of one that is not known.</summary>
    public sealed record Link(string Kept, string Deleted, DateTimeOffset OccurredAt) : Translation;

    /// <summary>Erase one person, and take no more news of the orders.</summary>
    /// <param name="Person">The first in precedence that points at a customer decides who is erased.</param>
    public sealed record Erase(IReadOnlyList<RawIdentifier> Person, IReadOnlyList<RawIdentifier> Orders) : Translation;
}

/// <summary>Facts about one customer.</summary>
/// <param name="Identifiers">
/// All identifiers of the customer. When they are only orders or conversations, and none is known yet, the report waits.
/// </param>
/// <param name="Facts">Events as the source reports them, personal values in the clear; the decider keeps those that change the state.</param>
public sealed record Report(IReadOnlyList<RawIdentifier> Identifiers, IReadOnlyList<ICustomerEvent> Facts)
{
    /// <summary>The part of the payload that concerns this customer, when it concerns others too; null: all of it.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }
}
