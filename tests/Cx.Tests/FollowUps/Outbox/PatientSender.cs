using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>A receiver that takes its time, and none if told to shutdownToken.</summary>
internal sealed class PatientSender(Task answer) : ISender
{
    public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "patient";

    public bool Deduplicates => true;

    public async Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct)
    {
        Begun.TrySetResult();
        await answer;
        return ct.IsCancellationRequested ? new SendResult.Failed("told to shutdownToken") : new SendResult.Accepted("taken");
    }
}
