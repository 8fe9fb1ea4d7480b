using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>A receiver that answers when the test says so; after a shutdown, that nothing was handed over.</summary>
internal sealed class WaitingSender(Task answer) : ISender
{
    public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "waiting";

    public bool Deduplicates => true;

    public async Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct)
    {
        Begun.TrySetResult();
        await answer;
        return ct.IsCancellationRequested ? new SendResult.Failed("stopped by the shutdown") : new SendResult.Accepted("taken");
    }
}
