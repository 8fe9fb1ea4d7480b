using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Npgsql;
using SmtpServer.Protocol;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>Queued messages are sent once, as they were decided.</summary>
public sealed class OutboxSenderTests : SenderTests
{
    [Fact]
    public async Task A_sale_is_thanked_for_once()
    {
        var ada = await Queued("ada");

        await site.Turn();
        await site.Turn();

        var mail = Assert.Single(smtp.Mails);
        Assert.Equal(["ada@customer.example"], mail.To);
        Assert.Contains("Boots", mail.Text, StringComparison.Ordinal);
        var (id, message) = Assert.Single((await site.Customer(ada)).Messages);
        Assert.Equal(MessageStatus.Accepted, message.Status);
        Assert.Equal($"<{id}@bottega.example>", mail.MessageId);
        Assert.DoesNotContain("List-Unsubscribe", mail.Headers.Keys);       // transactional: nothing to object to
    }

    [Fact]
    public async Task The_review_request_carries_the_one_click_and_the_offer_its_reason_in_the_customers_language()
    {
        var ada = await site.Buyer("ada", "it");
        await site.Waker.WakeDue(CancellationToken.None);
        await site.Turn();
        await site.Record("ada", new OrderDelivered(new("order-ada"), null, clock.GetUtcNow()));
        foreach (var days in new[] { 8, 14, 1 })
        {
            clock.Advance(TimeSpan.FromDays(days));
            await site.Waker.WakeDue(CancellationToken.None);
            await site.Turn();
        }

        Assert.Equal(["thank-you", "review-request", "related-offer"], (await site.Customer(ada)).Messages.Values.OrderBy(m => m.QueuedAt).Where(m => m.Step != "review-reminder").Select(m => m.Step));
        var review = smtp.Mails[1];
        Assert.Equal("List-Unsubscribe=One-Click", review.Headers["List-Unsubscribe-Post"]);
        Assert.Contains(review.Headers["List-Unsubscribe"].Trim('<', '>'), review.Text, StringComparison.Ordinal);
        Assert.Contains(smtp.Mails, m => m.Text.Contains("Spesso acquistato insieme a Boots.", StringComparison.Ordinal));
        Assert.DoesNotContain(smtp.Mails, m => m.Text.Contains("Bought with boots", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_processes_share_two_hundred_messages_without_doubles()
    {
        foreach (var batch in Enumerable.Range(0, 200).Chunk(8))
        {
            await Task.WhenAll(batch.Select(i => site.Buyer($"c{i}")));
        }

        await using var other = site.Another(KillTests.Smtp(smtp));
        await site.Waker.WakeDue(CancellationToken.None);
        await Task.WhenAll(site.Turn(), other.Turn(), site.Waker.WakeDue(CancellationToken.None));

        Assert.Equal(200, smtp.Count);
        Assert.Equal(200, smtp.Mails.Select(m => m.MessageId).Distinct().Count());
        Assert.Equal(200, await Count("accepted"));
    }

    [Fact]
    public async Task A_message_to_a_customer_of_a_newer_version_is_left_to_it_and_taken_two_minutes_later_where_none_runs()
    {
        var ada = await Queued("ada");
        await Queued("bob");
        await site.Execute($"update cx_customers set fold = fold + 1 where id = '{ada}'");

        await site.Turn();

        Assert.Equal(["bob@customer.example"], Assert.Single(smtp.Mails).To);
        Assert.Equal(1L, await Scalar("select count(*) from cx_outbox where status = 'queued' and leased_until is null"));

        clock.Advance(TimeSpan.FromMinutes(2));
        await site.Turn();

        Assert.Equal([1L, 1L], smtp.Mails.GroupBy(m => m.To.Single()).Select(m => m.LongCount()));
        Assert.Equal(2, await Count("accepted"));
    }

    [Fact]
    public async Task Settling_waits_for_running_attempts_without_a_timeout_and_sends_afterwards()
    {
        var answer = new TaskCompletionSource();
        var waiting = new WaitingSender(answer.Task);
        await using var slow = site.Another(waiting);
        var ada = await Queued("ada");
        await slow.Outbox.SendDue(CancellationToken.None);
        var settling = slow.Outbox.Settle(CancellationToken.None);
        await waiting.Begun.Task;
        Assert.False(settling.IsCompleted);

        answer.SetResult();
        await settling;
        var bob = await Queued("bob");
        await slow.Outbox.SendDue(CancellationToken.None);
        await slow.Outbox.Settle(CancellationToken.None);

        Assert.Equal([MessageStatus.Accepted, MessageStatus.Accepted], [(await site.OnlyMessage(ada)).Status, (await site.OnlyMessage(bob)).Status]);
    }

    [Fact]
    public async Task A_sender_that_fails_unexpectedly_leaves_a_sentence_and_no_name_of_the_programs_own()
    {
        await using var broken = site.Another(new WaitingSender(Task.FromException(new FormatException("a detail"))));
        var ada = await Queued("ada");
        await broken.Turn();

        var reason = await Scalar("select data::text from mt_events where type = 'message-deferred.v1'");
        Assert.Contains("unexpected error", (string)reason!, StringComparison.Ordinal);
        Assert.DoesNotContain("FormatException", (string)reason!, StringComparison.Ordinal);
        Assert.Equal(1, (await site.OnlyMessage(ada)).Attempts);
    }

    [Fact]
    public async Task A_template_that_costs_too_much_fails_its_own_message_and_each_attempt_says_which_version_it_was_made_from()
    {
        const string Costly = "{{#each lines}}{{#each ../lines}}{{#each ../../lines}}x{{/each}}{{/each}}{{/each}}";
        var stream = MessageTemplate.StreamOf("thank-you", "en");
        await site.Store.Update<MessageTemplate>(
            Site.Shop, stream, known => MessageTemplate.Save(known, "thank-you", "en", new("Thanks", Costly, "<p>Thanks</p>"), "test", clock.GetUtcNow()), CancellationToken.None);
        var lines = Enumerable.Range(0, 110).Select(n => new OrderLine(new($"p-{n}"), null, "Boots", 1, 50, "shoes"));
        await site.Record(
            "ada", new CustomerDetailsLearned(Personal.Clear("ada@customer.example"), null, null, null, null, null, null, "en", null, null, null, clock.GetUtcNow()),
            new OrderPlaced(new("order-ada"), "#ada", new(50, "EUR"), [.. lines], null, clock.GetUtcNow(), clock.GetUtcNow()));
        var bob = await Queued("bob");

        await site.Turn();

        Assert.Equal(["bob@customer.example"], Assert.Single(smtp.Mails).To);
        Assert.Equal(MessageStatus.Accepted, (await site.OnlyMessage(bob)).Status);
        Assert.Contains("'thank-you' cannot be rendered", (string)(await Scalar("select data::text from mt_events where type = 'message-failed.v1'"))!, StringComparison.Ordinal);
        Assert.Equal(1L, await Scalar("select count(*) from mt_events where type = 'message-attempted.v1' and data -> 'template' ->> 'version' = '1'"));
    }

    [Fact]
    public async Task A_clock_that_jumps_sends_nothing_twice()
    {
        await Queued("ada");
        var ahead = new HandClock(Noon + TimeSpan.FromDays(7));
        var behind = new HandClock(Noon - TimeSpan.FromDays(7));
        await using var inFuture = site.Another(KillTests.Smtp(smtp), ahead);
        await using var inPast = site.Another(KillTests.Smtp(smtp), behind);

        foreach (var one in new[] { site, inFuture, inPast, site, inFuture })
        {
            await one.Turn();
            await site.LapseLeases();
        }

        Assert.Single(smtp.Mails);
        Assert.Equal(1, await Count("accepted"));
    }

    [Fact]
    public async Task Consent_withdrawn_after_queueing_withdraws_the_message()
    {
        var ada = await ReviewQueued("ada");
        await site.Record("ada", new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "test", clock.GetUtcNow()));
        await site.Turn();

        Assert.Single(smtp.Mails);          // the thank-you of before
        Assert.Equal(MessageStatus.Withdrawn, (await site.Customer(ada)).Messages.Values.Single(m => m.Step == "review-request").Status);
    }

    [Fact]
    public async Task An_address_that_objects_under_another_record_after_queueing_gets_no_message()
    {
        var ada = await ReviewQueued("ada");
        var hash = Lookup.Of(site.Keys, Site.Shop, IdentifierKind.Email, "ada@customer.example").Hashes[0];
        var objection = new Command("unsubscribe", "unsubscribe", "unsubscribe") { Reads = StateQuery.Open, Bar = new(IdentifierKind.Email, hash, Purpose.Marketing) };
        await site.Store.Transact(Site.Shop, new CustomerRef.ById(await site.Buyer("bob")), objection, (_, _) => [], CancellationToken.None);

        await site.Turn();

        Assert.Single(smtp.Mails, m => m.To.Contains("ada@customer.example"));       // the thank-you of before
        Assert.Equal(MessageStatus.Withdrawn, (await site.Customer(ada)).Messages.Values.Single(m => m.Step == "review-request").Status);
    }

    [Fact]
    public async Task Sending_switched_off_after_queueing_holds_the_message_in_the_claim()
    {
        var ada = await Queued("ada");
        await site.Store.Update<Domain.Shops.Shop>(
            Site.Shop, "shop", _ => [new Domain.Shops.SendingSwitched(Domain.Shops.Sending.Paused, clock.GetUtcNow())], CancellationToken.None);

        await site.Turn();

        Assert.Empty(smtp.Mails);
        var message = await site.OnlyMessage(ada);
        Assert.Equal((MessageStatus.Withdrawn, StepStatus.Held), (message.Status, (await site.Customer(ada)).FollowUps[message.FollowUp].StepOf("thank-you").Status));
    }

    [Fact]
    public async Task What_was_handed_over_is_kept_sealed()
    {
        await Queued("ada");
        await site.Turn();

        var content = (string)(await Scalar("select content from cx_outbox"))!;
        Assert.StartsWith("s1.", content, StringComparison.Ordinal);
        Assert.DoesNotContain("customer.example", content, StringComparison.Ordinal);
    }
}
