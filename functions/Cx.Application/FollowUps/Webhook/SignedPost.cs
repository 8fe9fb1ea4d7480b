using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Cx.Application.FollowUps.Outbox;

namespace Cx.Application.FollowUps.Webhook;

/// <summary>Posts a body once, signed as Standard Webhooks says, and tells from the answer what became of it.</summary>
internal sealed class SignedPost(TimeProvider time) : IDisposable
{
    // Redirects are not followed, because they could send the message to any host; cookies are not kept, because shops share the client.
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <param name="keys">Each signs: a receiver that changes its secret knows one of them.</param>
    public async Task<SendResult> Send(Uri url, IEnumerable<byte[]> keys, string id, byte[] body, TimeSpan longest, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(longest, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        using var request = Request(url, keys, id, body);
        try
        {
            // The answer's body is neither trusted nor stored, so it is not read.
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            return Evaluate(response.StatusCode);
        }
        catch (OperationCanceledException)
        {
            return new SendResult.Failed(ct.IsCancellationRequested ? "Stopped before an answer." : "No answer in time.");
        }
        catch (HttpRequestException e)
        {
            return new SendResult.Failed($"The receiver could not be reached: {Why(e.HttpRequestError)}.");
        }
    }

    public void Dispose() => http.Dispose();

    internal static SendResult Evaluate(HttpStatusCode status) => (int)status switch
    {
        >= 200 and < 300 => new SendResult.Accepted($"{(int)status}"),
        408 or 409 or 425 or 429 => new SendResult.Failed($"{(int)status}"),
        >= 400 and < 500 => new SendResult.Refused($"{(int)status}"),
        _ => new SendResult.Failed($"{(int)status}"),
    };

    private static string Why(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "its name is not known",
        HttpRequestError.ConnectionError => "no connection is accepted",
        HttpRequestError.SecureConnectionError => "its certificate is not trusted, or no TLS is agreed on",
        _ => "it does not answer as HTTP does",
    };

    private HttpRequestMessage Request(Uri url, IEnumerable<byte[]> keys, string id, byte[] body)
    {
        var now = time.GetUtcNow();
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", string.Join(' ', keys.Select(key => StandardWebhookSignature.Sign(key, id, now, body))));
        return request;
    }
}
