using Cx.Application.FollowUps.Email;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>Hands one message over to whoever delivers it.</summary>
public interface ISender
{
    /// <summary>The name used in settings, events and logs: <c>smtp</c>, <c>webhook</c>, <c>local</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether the receiver drops a second copy that carries the same idempotency key. Only then may an attempt
    /// whose outcome is unknown be repeated.
    /// </summary>
    bool Deduplicates { get; }

    /// <summary>
    /// One attempt. Every outcome of the attempt, cancellation and time-outs included, is a <see cref="SendResult"/>;
    /// an exception is a bug, and then the caller must take the attempt as in doubt.
    /// </summary>
    Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct);
}
