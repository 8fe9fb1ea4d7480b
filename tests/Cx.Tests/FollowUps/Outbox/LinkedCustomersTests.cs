using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>Linked customers are written to as one: one spacing, one cap, one objection, each order at its own address.</summary>
public sealed class LinkedCustomersTests : SenderTests
{
    private static readonly Command ByHand = new("by-hand", "link-customers", "api");

    [Fact]
    public async Task Wakes_of_two_processes_at_the_same_time_exceed_no_cap_of_a_linked_pair()
    {
        await using var other = site.Another(KillTests.Smtp(smtp));
        var pairs = new List<(CustomerId Lead, CustomerId Member)>();
        for (var i = 0; i < 6; i++)
        {
            var (lead, member) = (await Delivered($"a{i}"), await Delivered($"b{i}"));
            await Link(lead, member);
            pairs.Add((lead, member));
        }

        clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromHours(3));
        var wakes = new[] { site, other }.SelectMany(s => pairs.SelectMany(p => new[] { p.Lead, p.Member }).Select(id => Task.Run(() => s.Waker.WakeCustomer(Site.Shop, id, default))));
        await Task.WhenAll(wakes.Append(site.Waker.WakeDue(default)).Append(other.Waker.WakeDue(default)).ToList());
        await Task.WhenAll(site.Turn(), other.Turn());

        foreach (var (lead, member) in pairs)
        {
            var customer = await site.Customer(member);
            Assert.Equal(lead, customer.Id);
            Assert.Single(customer.CountedMessages);
            Assert.Equal([StepStatus.Held, StepStatus.Sent], customer.FollowUps.Values.Select(f => f.StepOf("review-request").Status).Order());
        }

        Assert.Equal(6, smtp.Mails.Count(IsMarketing));
    }

    [Fact]
    public async Task Each_order_is_written_about_to_its_own_address_and_the_link_in_it_is_that_of_the_record_it_came_by()
    {
        var (ada, bea) = (await Delivered("ada"), await Delivered("bea"));
        await Link(ada, bea);
        await Pass(TimeSpan.FromDays(7) + TimeSpan.FromHours(3));
        await Pass(TimeSpan.FromDays(8));     // one request a week from one person, and 16 hours after the reminder of the other
        await Pass(TimeSpan.FromDays(1));
        Assert.Equal(["ada@customer.example", "bea@customer.example"], smtp.Mails.Where(IsMarketing).Select(m => m.To.Single()).Distinct().Order());

        await site.Store.Unlink(Site.Shop, ada, bea, ByHand, default);
        var mail = smtp.Mails.Single(m => IsMarketing(m) && m.To.Single().StartsWith("bea", StringComparison.Ordinal));
        var scope = site.Links.TryRead(mail.Headers["List-Unsubscribe"].Trim('<', '>').Split('/')[^1]);
        Assert.Equal(bea.Value, scope!.Customer);
        Assert.All((await site.Customer(ada)).Messages.Values.Concat((await site.Customer(bea)).Messages.Values), m => Assert.Equal(MessageStatus.Accepted, m.Status));

        using var open = await site.Customers.Open(Site.Shop, bea, StateQuery.Everything, default);
        await using var command = site.Data.CreateCommand($"select content from cx_outbox where customer = '{bea}' and step = 'review-request'");
        Assert.Contains("bea@customer.example", open!.Read(Personal.FromSeal((string)(await command.ExecuteScalarAsync())!)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_objection_of_one_withdraws_what_waits_for_the_other()
    {
        var (ada, bea) = (await Delivered("ada"), await Delivered("bea"));
        await Link(ada, bea);
        clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromHours(3));
        await site.Waker.WakeDue(default);

        await site.Record("bea", new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "test", clock.GetUtcNow()));
        await site.Turn();
        await Pass(TimeSpan.FromDays(2));

        Assert.DoesNotContain(smtp.Mails, IsMarketing);
    }

    [Fact]
    public async Task A_message_that_is_queued_when_its_customer_is_linked_or_parted_is_sent_once()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await site.Waker.WakeDue(default);
        await Link(ada, bea);
        await site.Turn();
        Assert.Equal(["ada@customer.example", "bea@customer.example"], smtp.Mails.Select(m => m.To.Single()).Order());

        var carla = await Buyer("carla");
        await site.Waker.WakeDue(default);
        await Link(bea, carla);
        await site.Store.Unlink(Site.Shop, ada, carla, ByHand, default);
        await site.Turn();
        Assert.Single(smtp.Mails, m => m.To.Single() == "carla@customer.example");
        Assert.Equal(MessageStatus.Accepted, (await site.OnlyMessage(carla)).Status);
    }

    private static bool IsMarketing(ReceivedMail mail) => mail.Headers.ContainsKey("List-Unsubscribe");

    private Task Link(CustomerId one, CustomerId other) => site.Store.Link(Site.Shop, one, other, clock.GetUtcNow(), ByHand, default);

    private async Task<CustomerId> Delivered(string name)
    {
        var id = await Buyer(name);
        await site.Waker.WakeDue(default);
        await site.Turn();
        await site.Record(name, new OrderDelivered(new($"order-{name}"), null, clock.GetUtcNow()));
        return id;
    }

    // The record made first leads.
    private async Task<CustomerId> Buyer(string name)
    {
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var id = await site.Buyer(name);
        var email = Personal.Clear($"{name}@customer.example");
        await site.Record(name, new OrderContactGiven(new($"order-{name}"), email, email, null, null, null, "en", null, null, null, clock.GetUtcNow()));
        return id;
    }

    private async Task Pass(TimeSpan time)
    {
        clock.Advance(time);
        await site.Waker.WakeDue(default);
        await site.Turn();
    }
}
