using Cx.Application.FollowUps.Email;

namespace Cx.Application.FollowUps.Outbox;

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
