using Cx.Application.FollowUps.Email;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;

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

/// <summary>Who hands which message over: the sender that is chosen, or, what the shop wants posted to itself, its webhook.</summary>
public sealed record Senders(ISender Mail, ISender Webhook)
{
    internal ISender For(Message? message) => message is { IsForShop: true, Channel: not Channel.Email } ? Webhook : Mail;
}

/// <summary>
/// What became of one attempt. Reasons and responses are short, and hold no address of the recipient, so they can be stored in the clear.
/// </summary>
public abstract record SendResult
{
    private SendResult()
    {
    }

    /// <summary>The receiver answered that it took the message.</summary>
    public sealed record Accepted(string Response) : SendResult;

    /// <summary>Certainly not handed over, and trying again would not help.</summary>
    /// <param name="OfAddress">Whether it is the recipient's address that is refused, and not this message, its sender or its route.</param>
    public sealed record Refused(string Reason, bool OfAddress = false) : SendResult;

    /// <summary>Not handed over this time (or the receiver deduplicates): can be tried again.</summary>
    public sealed record Failed(string Reason) : SendResult;

    /// <summary>The message may have been handed over, and no answer says so: must never be resent by itself.</summary>
    public sealed record InDoubt(string Reason) : SendResult;
}

/// <summary>Takes every message and delivers none: what it would have sent stays readable through the API.</summary>
public sealed class LocalSender : ISender
{
    public string Name => "local";

    public bool Deduplicates => true;

    public Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct) =>
        Task.FromResult<SendResult>(EmailRules.Problem(email) is { } problem
            ? new SendResult.Refused(problem)       // what could not be sent for real is not shown as sent
            : new SendResult.Accepted("shown only, not sent"));
}
