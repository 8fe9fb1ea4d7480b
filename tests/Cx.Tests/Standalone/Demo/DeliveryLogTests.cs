using Cx.Standalone.Demo;

namespace Cx.Tests.Standalone.Demo;

/// <summary>The demo's log must notice every unexpected answer: otherwise the last line of the demo proves nothing.</summary>
public sealed class DeliveryLogTests
{
    private readonly DeliveryLog log = new();

    [Theory]
    [InlineData("applied")]
    [InlineData("unchanged")]
    [InlineData("acknowledged")]
    public void A_delivery_accepted_once_is_as_expected(string answer)
    {
        log.Record(Delivery(ExpectedAnswer.Accepted, copies: 3), [(200, "duplicate"), (200, answer), (200, "duplicate")]);

        Assert.Empty(log.Errors);
        Assert.Equal(3, log.Answers.Count);
    }

    [Fact]
    public void Two_copies_that_are_both_accepted_are_an_error()
    {
        log.Record(Delivery(ExpectedAnswer.Accepted, copies: 2), [(200, "applied"), (200, "applied")]);

        Assert.Single(log.Errors);
    }

    [Theory]
    [InlineData(503, "store-unavailable")]
    [InlineData(202, "failed")]
    [InlineData(200, "duplicate")]
    [InlineData(401, "invalid-signature")]
    public void A_delivery_that_is_not_accepted_is_an_error(int status, string answer)
    {
        log.Record(Delivery(ExpectedAnswer.Accepted), [(status, answer)]);

        Assert.Single(log.Errors);
    }

    [Fact]
    public void A_forgery_that_is_accepted_is_an_error()
    {
        log.Record(Delivery(ExpectedAnswer.Rejected), [(200, "applied")]);

        Assert.Single(log.Errors);
    }

    [Fact]
    public void A_duplicate_or_a_reused_key_that_is_applied_is_an_error()
    {
        log.Record(Delivery(ExpectedAnswer.Duplicate), [(200, "applied")]);
        log.Record(Delivery(ExpectedAnswer.Conflict), [(200, "applied")]);

        Assert.Equal(2, log.Errors.Count);
    }

    private static DemoDelivery Delivery(ExpectedAnswer expected, int copies = 1) => new(IntakeRoute.Shopify, "key", "orders/create", "{}", expected, copies);
}
