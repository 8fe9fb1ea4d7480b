using System.Buffers;
using Cx.Application.Api;

namespace Cx.Application.Intake;

/// <summary>The exact bytes of a request's body, read once, up to a limit of size and time; in a rented buffer that goes back when disposed.</summary>
public sealed class Body : IDisposable
{
    /// <summary>The largest body taken: 1 MiB.</summary>
    public const int MaxLength = 1024 * 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private byte[] buffer;
    private int length;

    private Body(int size) => buffer = ArrayPool<byte>.Shared.Rent(size);

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <exception cref="ApiProblem">413 when it is too large, 408 when it does not arrive in time.</exception>
    public static async Task<Body> Read(HttpRequest request)
    {
        if (request.ContentLength > MaxLength)
        {
            throw TooLarge();
        }

        var body = new Body((int)(request.ContentLength ?? 16 * 1024) + 1);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        deadline.CancelAfter(Deadline);
        try
        {
            await body.Fill(request.Body, deadline.Token);
            return body;
        }
        catch (OperationCanceledException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            body.Dispose();
            throw new ApiProblem(StatusCodes.Status408RequestTimeout, "body-too-slow", $"The body did not arrive within {Deadline.TotalSeconds} s.");
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: false);
            buffer = [];
            length = 0;
        }
    }

    private async Task Fill(Stream stream, CancellationToken ct)
    {
        while (await stream.ReadAsync(buffer.AsMemory(length), ct) is var read and > 0)
        {
            length += read;
            if (length > MaxLength)
            {
                throw TooLarge();
            }

            if (length == buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
        }
    }

    private static ApiProblem TooLarge() => new(StatusCodes.Status413PayloadTooLarge, "body-too-large", $"The body is larger than {MaxLength} bytes.");
}
