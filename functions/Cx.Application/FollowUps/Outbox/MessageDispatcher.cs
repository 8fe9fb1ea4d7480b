using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>
/// Hands one message over. The attempt is committed before a byte of the body leaves; what happens between that and the commit of its
/// result leaves a trace that says "perhaps". Neither of the two commits, nor what lies between, is ever cancelled.
/// </summary>
internal sealed class MessageDispatcher(IEventStore store, ICustomerReader customers, OutboxQueue outbox, MessageComposer composer, ISender sender, Attempts attempts, ILogger log)
{
    private static readonly Command Sent = new("send", "send", "outbox");

    private sealed record Claimed(int Attempt, EmailMessage? Email, string? Content, string? Problem);

    /// <param name="from">How the message must still stand: queued, or sending when its attempt was left by a process that is gone.</param>
    /// <param name="shutdownToken">Shortens the wait for the receiver's answer: the process is about to end.</param>
    public async Task Run(OutboxRow row, MessageStatus from, CancellationToken shutdownToken)
    {
        if (attempts.Begin(row) is not { } attempt)
        {
            return;
        }

        try
        {
            if (await Claim(row, from) is { } claimed)
            {
                attempt.Number = claimed.Attempt;
                attempt.Result = await Deliver(row, claimed, shutdownToken);
                await Record(row, attempt);
            }
        }
        finally
        {
            if (attempt.Result is null)
            {
                attempts.End(row, attempt);
            }
        }
    }

    /// <summary>Records how an attempt ended; while that fails, it stays owed.</summary>
    public async Task Record(OutboxRow row, Attempt attempt)
    {
        await store.Transact(row.Shop, new CustomerRef.ById(row.Customer), Sent, (c, s) => c.Messages.GetValueOrDefault(row.Message) is not { } m ? [] : attempt.Result switch
        {
            SendResult.Accepted x => MessageDecisions.Accepted(c, s, row.Message, x.Response),
            _ when m.Attempts != attempt.Number => [],
            SendResult.Refused x => MessageDecisions.Failed(c, s, row.Message, x.Reason),
            SendResult.Failed x => MessageDecisions.Deferred(c, s, row.Message, x.Reason),
            SendResult.InDoubt x when m.Resendable => MessageDecisions.Deferred(c, s, row.Message, x.Reason),
            SendResult.InDoubt x => MessageDecisions.InDoubt(c, s, row.Message, x.Reason),
            _ => throw new InvalidOperationException("An attempt without a result has nothing to record."),
        }, CancellationToken.None);
        attempts.End(row, attempt);
    }

    /// <summary>An attempt of a process that is gone: made again where the receiver drops a second copy, else in doubt.</summary>
    public async Task TakeOver(OutboxRow row, CancellationToken shutdownToken)
    {
        var outcome = await store.Transact(
            row.Shop, new CustomerRef.ById(row.Customer), Sent, (c, s) => MessageDecisions.InDoubt(c, s, row.Message, "The process that sent it ended before an answer was recorded."), CancellationToken.None);
        if (outcome.Events.Count == 0)
        {
            await Run(row, MessageStatus.Sending, shutdownToken);
        }
    }

    /// <summary>An attempt of ours that we never learned was claimed: nothing of it left, so it is simply made again.</summary>
    public async Task Release(OutboxRow row)
    {
        if (attempts.Begin(row) is not { } attempt)
        {
            return;
        }

        try
        {
            await store.Transact(
                row.Shop, new CustomerRef.ById(row.Customer), Sent, (c, s) => MessageDecisions.Deferred(c, s, row.Message, "The store did not confirm the attempt; nothing was handed over."), CancellationToken.None);
        }
        finally
        {
            attempts.End(row, attempt);
        }
    }

    // Written before the claim, so that little time lies between claim and answer; and written anew when the customer changed meanwhile.
    private async Task<Claimed?> Claim(OutboxRow row, MessageStatus from)
    {
        while (true)
        {
            using var to = await customers.Open(row.Shop, row.Customer, CancellationToken.None) ?? throw new UnknownCustomerException(row.Shop, row.Customer);
            var (email, problem) = Compose(to, row);
            var isStale = false;
            var outcome = await store.Transact(row.Shop, new CustomerRef.ById(row.Customer), Sent, (c, s) =>
            {
                isStale = c.Version != to.Customer.Version;
                return isStale || c.Messages.GetValueOrDefault(row.Message)?.Status != from ? [] : MessageDecisions.Claim(c, s, row.Message, sender.Name, sender.Deduplicates);
            }, CancellationToken.None);

            if (!isStale)
            {
                var content = email is null ? null : to.Seal(JsonSerializer.Serialize(email, ApiJson.Options));
                return outcome.Events.OfType<MessageAttempted>().FirstOrDefault() is { } attempted ? new(attempted.Attempt, email, content, problem) : null;
            }
        }
    }

    private (EmailMessage?, string?) Compose(OpenCustomer to, OutboxRow row)
    {
        try
        {
            return (composer.Compose(to, row.Message), null);
        }
        catch (MessageNotComposableException e)
        {
            return (null, e.Message);
        }
    }

    private async Task<SendResult> Deliver(OutboxRow row, Claimed claimed, CancellationToken shutdownToken)
    {
        if (claimed is not { Email: { } email, Content: { } content })
        {
            return new SendResult.Refused(claimed.Problem ?? "The customer's key is gone.");
        }

        try
        {
            await outbox.Keep(row, content, CancellationToken.None);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "What message {Message} says could not be kept.", row.Message);
            return new SendResult.Failed("What it says could not be kept; nothing was handed over.");
        }

        try
        {
            return await sender.Send(email, row.Message.Value, shutdownToken);
        }
        catch (Exception e)
        {
            log.LogError(e, "The sender {Sender} failed with message {Message}.", sender.Name, row.Message);
            return new SendResult.InDoubt($"The sender failed ({e.GetType().Name}).");
        }
    }
}
