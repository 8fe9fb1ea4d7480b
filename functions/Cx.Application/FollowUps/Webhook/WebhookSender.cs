using System.Text.Json;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;

namespace Cx.Application.FollowUps.Webhook;

/// <summary>
/// Posts the message to another provider, signed as Standard Webhooks says. The receiver drops a second copy with the same <c>webhook-id</c>,
/// which is the idempotency key, so an unknown outcome is simply tried again.
/// </summary>
public sealed class WebhookSender(WebhookOptions options, TimeProvider time) : ISender, IDisposable
{
    private readonly byte[][] keys = [.. new[] { options.Secret, options.SecondSecret }.OfType<string>().Select(s => StandardWebhookSignature.Key(s)!)];
    private readonly SignedPost post = new(time);

    public string Name => "webhook";

    public bool Deduplicates => true;

    public async Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct) => EmailRules.Problem(email) is { } problem
        ? new SendResult.Refused(problem)
        : await post.Send(options.Url, keys, idempotencyKey, Body(email), TimeSpan.FromSeconds(options.TimeoutSeconds), ct);

    public void Dispose() => post.Dispose();

    // No instant in the body: a repeated attempt carries the same bytes under the same id.
    private static byte[] Body(EmailMessage email) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            type = "message.send",
            data = new { email.MessageId, email.FromAddress, email.FromName, email.To, email.ToName, email.Subject, email.Text, email.Html, email.Headers },
        },
        JsonSerializerOptions.Web);
}
