using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.Observability;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>How an attempt of this process ended.</summary>
/// <param name="Attempt">Counts from 1.</param>
/// <param name="Address">Where the message was to go, as it is sealed in the state.</param>
internal sealed record AttemptResult(int Attempt, SendResult Result, Personal? Address);

/// <summary>
/// Hands one message over. The attempt is committed before a byte of the body leaves, and its result is committed afterwards: a process that
/// ends in between leaves the message in doubt. Neither of the two commits, nor what lies between, is ever cancelled.
/// </summary>
internal sealed class MessageDispatcher(
    IEventStore store, ICustomerReader customers, OutboxQueue outbox, MessageComposer composer, Senders senders, FollowUpTraces traces, TimeProvider clock, ILogger log)
{
    private static readonly Command Sent = new("send", "send", "outbox");

    // The attempts of this process, from before the claim until the result is recorded; no result while one is under way. A message that the
    // database calls ours and that is not among them was claimed in a commit that was not confirmed to us, so nothing of it was handed over.
    private readonly ConcurrentDictionary<OutboxRow, AttemptResult?> attempts = new();

    private sealed record Claimed(int Attempt, ISender Sender, EmailMessage? Email, string? Content, string? Problem, Personal? Address);

    /// <summary>Attempts that ended while the store could not record their result.</summary>
    public IReadOnlyList<(OutboxRow Row, AttemptResult Ended)> UnrecordedResults =>
        [.. attempts.Where(a => a.Value is not null).Select(a => (a.Key, a.Value!))];

    /// <param name="from">The status that the message must still have: queued, or sending when the process that attempted it is gone.</param>
    /// <param name="shutdownToken">Shortens the wait for the receiver's answer: the process is about to end.</param>
    public async Task Run(OutboxRow row, MessageStatus from, CancellationToken shutdownToken)
    {
        if (!attempts.TryAdd(row, null))
        {
            return;
        }

        AttemptResult? ended = null;
        try
        {
            using var span = Instruments.Start("send message", ActivityKind.Client, await traces.Find(row.Shop, row.FollowUp, CancellationToken.None), clock.GetUtcNow());
            if (await Claim(row, from) is { } claimed)
            {
                attempts[row] = ended = new(claimed.Attempt, await Deliver(row, claimed, shutdownToken), claimed.Address);
                var result = NameOf(ended.Result);
                span?.SetTag("cx.sender", claimed.Sender.Name).SetTag("cx.result", result);
                Instruments.CountAttempt(claimed.Sender.Name, result);
                await Record(row, ended);
            }
        }
        finally
        {
            if (ended is null)
            {
                Forget(row, null);
            }
        }
    }

    /// <summary>Records how an attempt ended. Where that fails, it stays among <see cref="UnrecordedResults"/>.</summary>
    public async Task Record(OutboxRow row, AttemptResult ended)
    {
        await Transact(row, (c, s) => c.Messages.GetValueOrDefault(row.Message) is not { } m ? [] : ended.Result switch
        {
            SendResult.Accepted x => MessageDecisions.Accepted(c, s, row.Message, x.Response),
            _ when m.Attempts != ended.Attempt => [],
            SendResult.Refused x => MessageDecisions.Failed(c, s, row.Message, x.Reason, x.OfAddress ? ended.Address : null),
            SendResult.Failed x => MessageDecisions.Deferred(c, s, row.Message, x.Reason),
            SendResult.InDoubt x when m.Resendable => MessageDecisions.Deferred(c, s, row.Message, x.Reason),
            SendResult.InDoubt x => MessageDecisions.InDoubt(c, s, row.Message, x.Reason),
            _ => throw new InvalidOperationException("No known result of an attempt."),
        });
        Forget(row, ended);
    }

    /// <summary>An attempt of a process that is gone: made again where the receiver drops a second copy, else in doubt.</summary>
    public async Task TakeOver(OutboxRow row, CancellationToken shutdownToken)
    {
        var outcome = await Transact(row, (c, s) => MessageDecisions.InDoubt(c, s, row.Message, "The process that sent it ended before an answer was recorded."));
        if (outcome.Events.Count == 0)
        {
            await Run(row, MessageStatus.Sending, shutdownToken);
        }
    }

    /// <summary>An attempt of ours whose commit was not confirmed to us: nothing was handed over, so it is made again.</summary>
    public async Task Release(OutboxRow row)
    {
        if (!attempts.TryAdd(row, null))
        {
            return;
        }

        try
        {
            await Transact(row, (c, s) => MessageDecisions.Deferred(c, s, row.Message, "The store did not confirm the attempt; nothing was handed over."));
        }
        finally
        {
            Forget(row, null);
        }
    }

    // Composed before the claim, so that little time passes between claim and answer. No event means that the customer changed meanwhile, and
    // then it is composed again, or that there is nothing to claim.
    private async Task<Claimed?> Claim(OutboxRow row, MessageStatus from)
    {
        for ((CustomerId, long)? decided = null; ;)
        {
            using var to = await customers.Open(row.Shop, row.Customer, StateQuery.Of(row.Message), CancellationToken.None)
                ?? throw new UnknownCustomerException(row.Shop, row.Customer);
            var version = (to.Customer.Id, to.Customer.Version);
            if (version == decided)
            {
                return null;
            }

            var sender = senders.For(to.Customer.Messages.GetValueOrDefault(row.Message));
            var (email, problem) = await Compose(to, row);
            var outcome = await Transact(row, (c, s) => (c.Id, c.Version) != version || c.Messages.GetValueOrDefault(row.Message)?.Status != from
                ? []
                : MessageDecisions.Claim(c, s, row.Message, sender.Name, sender.Deduplicates, email?.Template), readsBarred: true);
            if (outcome.Events.OfType<MessageAttempted>().FirstOrDefault() is { } attempted)
            {
                return new(attempted.Attempt, sender, email, email is null ? null : to.Seal(JsonSerializer.Serialize(email, ApiJson.Options)), problem, Recipient.Address(to.Customer, row.Message));
            }

            if (outcome.Events.Count > 0)
            {
                return null;
            }

            decided = version;
        }
    }

    private async Task<(EmailMessage?, string?)> Compose(OpenCustomer to, OutboxRow row)
    {
        try
        {
            return (await composer.Compose(to, row.Message, CancellationToken.None), null);
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
            log.LogWarning(e, "The content of message {Message} could not be stored; retrying.", row.Message);
            return new SendResult.Failed("Its content could not be stored; nothing was handed over.");
        }

        try
        {
            return await claimed.Sender.Send(email, row.Message.Value, shutdownToken);
        }
        catch (Exception e)
        {
            log.LogError(e, "The sender {Sender} failed with message {Message}.", claimed.Sender.Name, row.Message);
            return new SendResult.InDoubt("The sender failed with an unexpected error, which is in the log; the message may have been handed over.");
        }
    }

    // As metrics and traces call it.
    private static string NameOf(SendResult result) => result switch
    {
        SendResult.Accepted => "accepted",
        SendResult.Refused => "refused",
        SendResult.Failed => "failed",
        _ => "in-doubt",
    };

    private Task<Outcome> Transact(OutboxRow row, Decide decide, bool readsBarred = false) =>
        store.Transact(row.Shop, new CustomerRef.ById(row.Customer), Sent with { Reads = StateQuery.Of(row.Message), ReadsBarred = readsBarred }, decide, CancellationToken.None);

    private void Forget(OutboxRow row, AttemptResult? ended) => attempts.TryRemove(new(row, ended));
}
