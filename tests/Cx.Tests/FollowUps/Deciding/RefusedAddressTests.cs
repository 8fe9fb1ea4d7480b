using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>An address that refused mail for good is left alone until the person or the shop gives it anew.</summary>
public class RefusedAddressTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_refused_address_gets_nothing_more_and_why_says_since_when()
    {
        var story = Refused();
        story.RunUntil(Day0.AddDays(30));

        var skipped = story.Of<StepSkipped>().Single(s => s.Step == "review-request");
        Assert.Equal(Reason.AddressRefused, skipped.Reason);
        Assert.Equal("e-mail address refused for good on 2026-06-01T08:00:00Z, and not given anew since", skipped.Checks.Single(c => c.Policy == "address").Evidence);
        Assert.Equal(StepStatus.Failed, story.Step("thank-you").Status);
        Assert.Null(story.SentAt("review-request"));
    }

    [Theory]
    [InlineData("record-later", true)]
    [InlineData("record-earlier", false)]
    [InlineData("order-later", true)]
    [InlineData("order-edited", false)]
    [InlineData("other-address", true)]
    public void A_later_statement_of_the_address_gives_it_anew_and_an_edited_order_does_not(string statement, bool isWritten)
    {
        var story = Refused();
        var at = Day0.AddDays(1);
        story.Record(at, statement switch
        {
            "record-later" => [Learned("ada@example.org", at)],
            "record-earlier" => [Learned("ada@example.org", Day0.AddHours(-1))],
            "order-later" => [Story.Placed("2", at), Contact("2", "ada@example.org", at)],
            "order-edited" => [Contact("1", "ada@example.org", at)],
            _ => [Contact("1", "new@example.org", at)],
        });
        story.RunUntil(Day0.AddDays(10));

        Assert.Equal(isWritten, story.SentAt("review-request") is not null);
    }

    [Fact]
    public void A_reported_bounce_counts_from_its_arrival_and_a_queued_message_to_the_address_is_withdrawn()
    {
        var story = Story.Consenting(Day0.AddDays(-1));
        story.Record(Day0, Story.Placed("1", Day0));
        story.Wake(Day0);
        var bounce = new AddressRefused(Channel.Email, Personal.Clear("ada@example.org")!, "reported as a bounce", Day0.AddDays(-30));
        story.Record(Day0, bounce);

        Assert.Empty(story.Record(Day0, bounce));
        Assert.Equal(Day0, Assert.Single(story.Customer.RefusedAddresses).Value);
        Assert.Equal((Reason.AddressRefused, true), story.Claim(Day0, story.Customer.Messages.Keys.Single()).OfType<MessageWithdrawn>().Select(m => (m.Reason, m.Final)).Single());
    }

    [Fact]
    public void Nothing_of_it_is_left_of_an_erased_customer()
    {
        var story = Refused();
        story.Record(Day0, new CustomerErased("admin", Day0));

        Assert.Empty(story.Customer.RefusedAddresses);
    }

    private static Story Refused()
    {
        var story = Story.Consenting(Day0.AddDays(-1));
        story.Record(Day0, Story.Placed("1", Day0), Contact("1", "ada@example.org", Day0), Story.Delivered("1", Day0));
        story.Wake(Day0);
        var message = story.Customer.Messages.Keys.Single();
        story.Claim(Day0, message);
        story.Commit(Day0, s => MessageDecisions.Failed(story.Customer, s, message, "RCPT TO: 550 5.1.1 no such user", Recipient.Address(story.Customer, message)));
        return story;
    }

    private static CustomerDetailsLearned Learned(string email, DateTimeOffset at) => new(Personal.Clear(email), null, null, null, null, null, null, null, null, null, null, at);

    private static OrderContactGiven Contact(string order, string email, DateTimeOffset at) =>
        new(new(order), Personal.Clear(email), null, null, null, null, null, null, null, null, at);
}
