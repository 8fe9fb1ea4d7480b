using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Where, in which language and with which name a message about an order is written.</summary>
public class OrderContactTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly OrderId Order = new("o-1");

    [Fact]
    public void The_latest_statement_of_an_order_decides_whatever_arrives_last_and_the_customers_own_address_stays()
    {
        var story = Story.Consenting(Noon);
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("corrected@example.org", Noon.AddHours(2)), Contact("typo@example.org", Noon.AddHours(1)));

        Assert.Equal("corrected@example.org", To(story)?.Value);
        Assert.Equal("ada@example.org", Recipient.Address(story.Customer, order: null, Channel.Email)?.Value);
        Assert.Empty(story.Record(Noon, Contact("typo@example.org", Noon.AddHours(1))));
    }

    [Fact]
    public void An_order_without_a_contact_is_written_about_to_the_customer()
    {
        var story = Story.Consenting(Noon);
        story.Record(Noon, Story.Placed("o-1", Noon), Contact(null, Noon));

        Assert.Equal("ada@example.org", To(story)?.Value);
    }

    [Theory]
    [InlineData(-1, "ada@example.org")]     // the order came after
    [InlineData(1, null)]
    public void An_address_that_the_record_lost_gets_nothing_about_orders_of_before(int hours, string? to)
    {
        var story = Story.Consenting(Noon.AddDays(-1));
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("ada@example.org", Noon), Contact("ada@example.org", Noon.AddDays(1)));

        story.Record(Noon, new CustomerDetailsCleared([DetailsField.Email], Noon.AddHours(hours)));

        Assert.Equal(to, To(story)?.Value);
        story.Wake(Noon.AddHours(2));
        Assert.Equal(to is null ? Reason.NoAddress : null, story.Of<StepSkipped>().FirstOrDefault(s => s.Step == "thank-you")?.Reason);
    }

    [Fact]
    public void An_address_of_an_order_that_was_never_the_records_stays()
    {
        var story = Story.Consenting(Noon);
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("gift@example.org", Noon, own: "ada@example.org"));

        story.Record(Noon, new CustomerDetailsCleared([DetailsField.Email], Noon.AddHours(1)));

        Assert.Equal("gift@example.org", To(story)?.Value);
        Assert.Null(story.Customer.Details.Email);
    }

    [Fact]
    public void A_cleared_address_comes_back_by_a_later_statement_and_not_by_an_earlier_one()
    {
        var story = Story.Consenting(Noon);
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("ada@example.org", Noon), new CustomerDetailsCleared([DetailsField.Email], Noon.AddHours(2)));

        story.Learn(Noon.AddHours(1), Personal.FromSeal("ada@example.org"));
        Assert.Null(story.Customer.Details.Email);
        Assert.Null(To(story));

        story.Learn(Noon.AddHours(3), Personal.FromSeal("ada@example.org"));
        Assert.Equal("ada@example.org", story.Customer.Details.Email?.Value);
        Assert.Equal("ada@example.org", To(story)?.Value);
    }

    [Fact]
    public void A_queued_message_to_an_address_that_was_cleared_since_is_withdrawn()
    {
        var story = Story.Consenting(Noon);
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("ada@example.org", Noon));
        story.Wake(Noon);
        story.Record(Noon.AddMinutes(1), new CustomerDetailsCleared([DetailsField.Email], Noon.AddMinutes(1)));

        story.Send(Noon.AddMinutes(2));

        Assert.Equal((Reason.NoAddress, true), story.Of<MessageWithdrawn>().Select(m => (m.Reason, m.Final)).Single());
    }

    [Fact]
    public void Nobody_is_greeted_by_the_name_of_another()
    {
        var story = Story.Consenting(Noon);
        story.Record(Noon, new CustomerDetailsLearned(null, null, null, null, null, Personal.FromSeal("Ada Neri"), Personal.FromSeal("Ada"), null, null, null, null, Noon));
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("gift@example.org", Noon));
        Assert.Equal((null, null), Recipient.Name(story.Customer, story.Customer.Orders[Order]));

        story.Record(Noon, Contact("ada@example.org", Noon.AddHours(1)));
        Assert.Equal("Ada", Recipient.Name(story.Customer, story.Customer.Orders[Order]).FirstName?.Value);
    }

    [Theory]
    [InlineData("en-GB", "IT", "en")]
    [InlineData(null, "GB", "en")]
    [InlineData(null, "CH", "it")]      // Italian is the only official language of Switzerland that the shop writes
    [InlineData(null, "MT", "en")]
    [InlineData(null, "FR", "it")]
    [InlineData("fr", "GB", "it")]
    [InlineData(null, null, "it")]
    public void The_language_is_the_orders_else_the_countrys_where_that_settles_it(string? language, string? country, string written)
    {
        var story = Story.Consenting(Noon);
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("ada@example.org", Noon) with { Language = language, Country = country });
        story.Wake(Noon);

        Assert.Equal(written, Assert.Single(story.Of<MessageQueued>()).Language);
    }

    [Fact]
    public void Where_several_languages_of_the_country_are_written_nothing_is_settled()
    {
        var story = Story.Consenting(Noon);
        story.Shop = story.Shop with { Languages = ["en", "de", "it"] };
        story.Record(Noon, Story.Placed("o-1", Noon), Contact("ada@example.org", Noon) with { Country = "CH" });

        Assert.Equal("en", Recipient.Language(story.Customer, story.Customer.Orders[Order], story.Shop));
        story.Learn(Noon, language: "de");
        Assert.Equal("de", Recipient.Language(story.Customer, story.Customer.Orders[Order], story.Shop));
    }

    private static Personal? To(Story story) => Recipient.Address(story.Customer, story.Customer.Orders[Order], Channel.Email);

    private static OrderContactGiven Contact(string? email, DateTimeOffset revision, string? own = null) =>
        new(Order, Sealed(email), Sealed(own ?? email), null, null, null, null, null, null, null, revision);

    private static Personal? Sealed(string? value) => value is null ? null : Personal.FromSeal(value);
}
