using Cx.Standalone.Demo;

namespace Cx.Tests.Standalone.Demo;

/// <summary>The demo's own book must notice what is not as it has to be; otherwise its last line says nothing.</summary>
public sealed class LedgerTests
{
    private readonly Ledger ledger = new();

    [Theory]
    [InlineData("applied")]
    [InlineData("unchanged")]
    [InlineData("acknowledged")]
    public void What_is_taken_in_once_is_right(string answer)
    {
        ledger.Book(Posting(Expected.Taken, copies: 3), [(200, "duplicate"), (200, answer), (200, "duplicate")]);

        Assert.Empty(ledger.Complaints);
        Assert.Equal(3, ledger.Entries.Count);
    }

    [Fact]
    public void Two_copies_that_were_both_taken_in_are_a_fault()
    {
        ledger.Book(Posting(Expected.Taken, copies: 2), [(200, "applied"), (200, "applied")]);

        Assert.Single(ledger.Complaints);
    }

    [Theory]
    [InlineData(503, "store-unavailable")]
    [InlineData(202, "failed")]
    [InlineData(200, "duplicate")]
    [InlineData(401, "invalid-signature")]
    public void What_was_not_taken_in_is_a_fault(int status, string answer)
    {
        ledger.Book(Posting(Expected.Taken), [(status, answer)]);

        Assert.Single(ledger.Complaints);
    }

    [Fact]
    public void A_forgery_that_passes_is_a_fault()
    {
        ledger.Book(Posting(Expected.Refused), [(200, "applied")]);

        Assert.Single(ledger.Complaints);
    }

    [Fact]
    public void A_repetition_or_a_reused_key_that_is_applied_is_a_fault()
    {
        ledger.Book(Posting(Expected.Duplicate), [(200, "applied")]);
        ledger.Book(Posting(Expected.Conflict), [(200, "applied")]);

        Assert.Equal(2, ledger.Complaints.Count);
    }

    private static Posting Posting(Expected expected, int copies = 1) => new(Cx.Standalone.Demo.Door.Shopify, "key", "orders/create", "{}", expected, copies);
}
