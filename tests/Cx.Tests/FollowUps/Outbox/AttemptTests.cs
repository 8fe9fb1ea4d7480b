using Cx.Application.EventStore;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Npgsql;
using SmtpServer.Protocol;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>Attempts that fail, or whose end is not known.</summary>
public sealed class AttemptTests : SenderTests
{
    [Fact]
    public async Task A_message_that_fails_holds_up_no_other()
    {
        smtp.HangAt = HangAt.Mail;
        var slow = await Queued("slow");
        var sending = site.Outbox.SendDue(CancellationToken.None);
        await smtp.Hanging;
        smtp.HangAt = HangAt.Nothing;
        var quick = await Queued("quick");

        await sending;
        await site.Outbox.SendDue(CancellationToken.None);
        await smtp.Next(CancellationToken.None);
        await site.Outbox.Finish(TimeSpan.Zero);

        Assert.Equal(MessageStatus.Accepted, (await site.OnlyMessage(quick)).Status);
        var left = await site.OnlyMessage(slow);
        Assert.Equal((MessageStatus.Queued, 1), (left.Status, left.Attempts));      // stopped before the body, so it certainly was not handed over
        Assert.NotNull(left.RetryAt);
    }

    [Fact]
    public async Task A_refusal_for_now_is_tried_again_after_its_pause()
    {
        smtp.NoToRecipient = new((SmtpReplyCode)450, "4.2.0 later");
        var ada = await Queued("ada");
        await site.Turn();
        smtp.NoToRecipient = null;

        await site.Turn();
        Assert.Empty(smtp.Mails);
        clock.Advance(TimeSpan.FromMinutes(2));
        await site.Turn();

        Assert.Single(smtp.Mails);
        Assert.Equal((MessageStatus.Accepted, 2), ((await site.OnlyMessage(ada)).Status, (await site.OnlyMessage(ada)).Attempts));
    }

    [Fact]
    public async Task An_address_that_is_refused_for_good_is_not_written_to_until_it_is_given_anew()
    {
        smtp.NoToRecipient = new(SmtpReplyCode.MailboxUnavailable, "5.1.1 no such user");
        var ada = await Queued("ada");
        await site.Turn();
        smtp.NoToRecipient = null;
        Assert.Equal(MessageStatus.Failed, (await site.OnlyMessage(ada)).Status);       // not in doubt: it certainly went nowhere

        await Order("later");
        Assert.Equal((1, Reason.AddressRefused), ((await site.Customer(ada)).Messages.Count, StepOf(await site.Customer(ada), "later").Reason));

        clock.Advance(TimeSpan.FromHours(1));
        await site.Record("ada", new CustomerDetailsLearned(Personal.Clear("ada@customer.example"), null, null, null, null, null, null, null, null, null, null, clock.GetUtcNow()));
        await Order("anew");
        Assert.Equal(["ada@customer.example"], Assert.Single(smtp.Mails).To);
        Assert.Empty((await site.Customer(ada)).RefusedAddresses);

        async Task Order(string id)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await site.Record("ada", new OrderPlaced(new(id), id, new(50, "EUR"), [], null, clock.GetUtcNow(), clock.GetUtcNow()));
            await site.Waker.WakeDue(CancellationToken.None);
            await site.Turn();
        }

        static StepState StepOf(Customer customer, string order) => customer.FollowUps.Values.Single(f => f.Order == new Cx.Domain.OrderId(order)).StepOf("thank-you");
    }

    [Fact]
    public async Task A_lost_answer_leaves_doubt_and_the_message_is_never_sent_again()
    {
        smtp.CloseAfterBody = true;
        var ada = await Queued("ada");
        await site.Turn();
        smtp.CloseAfterBody = false;

        for (var day = 0; day < 3; day++)
        {
            await site.LapseLeases();
            await site.Turn();
            var message = await site.OnlyMessage(ada);
            Assert.Equal((MessageStatus.InDoubt, 1, 1), (message.Status, message.Attempts, smtp.Count));
            clock.Advance(TimeSpan.FromDays(1));
        }
    }

    [Fact]
    public async Task An_attempt_whose_commit_was_not_confirmed_is_made_again()
    {
        var ada = await Queued("ada");
        await using var unlucky = site.Another(KillTests.Smtp(smtp), around: FailingOnce(1, afterwards: true));

        await unlucky.Turn();
        Assert.Equal((MessageStatus.Sending, 0), ((await site.OnlyMessage(ada)).Status, smtp.Count));
        await unlucky.Turn();
        clock.Advance(TimeSpan.FromMinutes(2));
        await unlucky.Turn();

        Assert.Equal((MessageStatus.Accepted, 2, 1), ((await site.OnlyMessage(ada)).Status, (await site.OnlyMessage(ada)).Attempts, smtp.Count));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_answer_that_could_not_be_recorded_is_recorded_later(bool afterwards)
    {
        var ada = await Queued("ada");
        await using var unlucky = site.Another(KillTests.Smtp(smtp), around: FailingOnce(2, afterwards));

        await unlucky.Outbox.SendDue(CancellationToken.None);
        await unlucky.Turn();
        await unlucky.Turn();

        Assert.Equal((MessageStatus.Accepted, 1, 1), ((await site.OnlyMessage(ada)).Status, (await site.OnlyMessage(ada)).Attempts, smtp.Count));
    }

    [Fact]
    public async Task A_customer_who_changes_before_the_claim_gets_the_message_composed_anew()
    {
        await Queued("ada");
        var changed = false;
        await using var other = site.Another(KillTests.Smtp(smtp), around: store => new StoreAround(store, async (command, transact) =>
        {
            if (command.Cause == "send" && !changed)
            {
                changed = true;
                await site.Record("ada", new CustomerDetailsLearned(Personal.Clear("ada@new.example"), null, null, null, null, null, null, null, null, null, null, Noon.AddMinutes(1)));
            }

            return await transact();
        }));

        await other.Turn();

        Assert.Equal(["ada@new.example"], Assert.Single(smtp.Mails).To);
    }

    [Fact]
    public async Task What_another_process_learns_of_a_message_leaves_it_with_its_sender()
    {
        await ReviewQueued("ada");
        smtp.HangAt = HangAt.Body;
        await using var other = site.Another(KillTests.Smtp(smtp));
        await other.Outbox.SendDue(CancellationToken.None);
        await smtp.Hanging;

        await site.Record("ada", new OrderCancelled(new("order-ada"), Canceller.Customer, Noon));
        await site.Turn();

        Assert.Equal(1, await Count("sending"));
        Assert.Equal(other.Instance.Id, await Scalar("select owner from cx_outbox where status = 'sending'"));
    }

    private static Func<IEventStore, IEventStore> FailingOnce(int transaction, bool afterwards)
    {
        var count = 0;
        return store => new StoreAround(store, async (_, transact) =>
        {
            var fails = Interlocked.Increment(ref count) == transaction;
            var outcome = fails && !afterwards ? null : await transact();
            return fails ? throw new NpgsqlException("The connection broke.") : outcome!;
        });
    }
}
