namespace Cx.Functions.FollowUps.Sending;

/// <summary>Takes every message and delivers none: what it would have sent stays readable through the API.</summary>
public sealed class LocalSender : ISender
{
    public string Name => "local";

    public bool Deduplicates => true;

    public Task<SendResult> Send(Email email, string idempotencyKey, CancellationToken ct) =>
        Task.FromResult<SendResult>(EmailRules.Problem(email) is { } problem
            ? new SendResult.Refused(problem)       // what could not be sent for real is not shown as sent
            : new SendResult.Accepted("shown only, not sent"));
}
