using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;

namespace Cx.Application.FollowUps.Webhook;

/// <summary>
/// Posts the message to another provider, signed as Standard Webhooks says. The receiver drops a second copy with the same <c>webhook-id</c>,
/// which is the idempotency key, so an unknown outcome is simply tried again.
/// </summary>
public sealed class WebhookSender : ISender, IDisposable
{
    private readonly WebhookOptions options;
    private readonly TimeProvider time;
    private readonly byte[][] keys;

    // Redirects are not followed, because they could send the message to any host; cookies are not kept, because shops share the client.
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public WebhookSender(WebhookOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        keys = [.. new[] { options.Secret, options.SecondSecret }.OfType<string>().Select(s => StandardWebhookSignature.Key(s)!)];
    }

    public string Name => "webhook";

    public bool Deduplicates => true;

    public async Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct)
    {
        if (EmailRules.Problem(email) is { } problem) return new SendResult.Refused(problem);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        using var request = Request(email, idempotencyKey);
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

    private HttpRequestMessage Request(EmailMessage email, string idempotencyKey)
    {
        // No instant in the body: a repeated attempt carries the same bytes under the same id.
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                type = "message.send",
                data = new { email.MessageId, email.FromAddress, email.FromName, email.To, email.ToName, email.Subject, email.Text, email.Html, email.Headers },
            },
            JsonSerializerOptions.Web);
        var now = time.GetUtcNow();
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = content };
        request.Headers.Add("webhook-id", idempotencyKey);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", string.Join(' ', keys.Select(key => StandardWebhookSignature.Sign(key, idempotencyKey, now, body))));
        return request;
    }
}
