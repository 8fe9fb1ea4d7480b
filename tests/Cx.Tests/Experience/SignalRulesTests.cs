using Cx.Domain.Experience;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Experience;

public class SignalRulesTests
{
    private static readonly SignalTable Table = new();

    private static readonly NodaTime.DateTimeZone Rome = ShopZone.Of("Europe/Rome");

    private static readonly Occasion Noon = new("order:1", Channel.Email, Stage.PostSale, At("2026-03-10T12:00Z"), "1");

    /// <summary>Every row of the table in DESIGN §6, worked out by hand.</summary>
    public static TheoryData<string, double, double> Golden => new()
    {
        { "csat 1", 0, 3 }, { "csat 2", 25, 3 }, { "csat 5", 100, 3 },
        { "stars 1", 0, 4 }, { "stars 3", 50, 4 }, { "stars 5", 100, 4 },
        { "nps 0", 0, 3 }, { "nps 7", 70, 3 }, { "nps 10", 100, 3 },
        { "ces 1", 0, 2 }, { "ces 4", 50, 2 }, { "ces 7", 100, 2 },
        { "delivered -2", 80, 1 }, { "delivered 0", 80, 1 }, { "delivered 1", 70, 1.2 }, { "delivered 5", 30, 2 },
        { "delivered 8", 0, 2.6 }, { "delivered 30", 0, 3 },
        { "cancelled-shop 0", 10, 2 }, { "cancelled-customer 0", 50, 0.5 },
        { "refunded 72", 55, 1 }, { "refunded 73", 30, 1 }, { "refunded -5", 55, 1 },
        { "answered 0", 100, 1.5 }, { "answered 0.5", 90, 1.5 }, { "answered 1", 80, 1.5 }, { "answered 2", 40, 1.5 }, { "answered 4", 10, 1.5 },
        { "unanswered 0", 5, 2 },
        { "complaint 0", 5, 3 }, { "complaint 1", 80, 3 }, { "complaint 2", 55, 3 },
        { "mention -1", 0, 1 }, { "mention 0.5", 75, 1 }, { "mention-99 1", 100, 2 }, { "mention-9999 -0.5", 25, 3 },
        { "spam 0", 0, 2 }, { "unsubscribed 0", 25, 1 }, { "repeat 0", 85, 1 }, { "referral 0", 95, 2 },
    };

    [Theory, MemberData(nameof(Golden))]
    public void Each_row_of_the_table_gives_its_value_and_weight(string fact, double value, double weight)
    {
        var signal = Of(fact);
        Assert.Equal(value, signal.Value, 1e-12);
        Assert.Equal(weight, signal.Weight, 1e-12);
        Assert.Equal(("1", Noon.OccurredAt, Channel.Email), (signal.Episode!, signal.OccurredAt, signal.Channel));
        Assert.StartsWith("order:1:", signal.Id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csat 0", "CSAT"), InlineData("csat 6", "CSAT"), InlineData("stars 0", "Review stars"), InlineData("stars 6", "Review stars")]
    [InlineData("nps -1", "NPS"), InlineData("nps 11", "NPS"), InlineData("ces 0", "CES"), InlineData("ces 8", "CES")]
    [InlineData("answered -0.1", "Response ratio"), InlineData("answered NaN", "Response ratio"), InlineData("answered Infinity", "Response ratio")]
    [InlineData("mention 1.01", "Mention sentiment"), InlineData("mention NaN", "Mention sentiment"), InlineData("mention--1 0", "Mention audience")]
    public void A_value_out_of_range_is_refused_by_name(string fact, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentOutOfRangeException>(() => Of(fact)).Message, StringComparison.Ordinal);

    [Fact]
    public void Days_late_are_calendar_days_of_the_shop_not_of_greenwich()
    {
        // 23:30 on the 10th in London is already the 11th in Rome.
        var late = SignalRules.Delivered(Noon with { OccurredAt = At("2026-03-10T23:30Z") }, new DateOnly(2026, 3, 10), Rome, Table);
        Assert.Equal(("delivered 1 day late", 70.0), (late.Reason, late.Value));
        Assert.Equal(new DateOnly(2026, 3, 14), SignalRules.PromisedDay(At("2026-03-10T23:30Z"), 3, Rome));
    }

    [Fact]
    public void Facts_that_replace_each_other_share_an_id()
    {
        Assert.Equal(SignalRules.Unanswered(Noon, Table).Id, SignalRules.Answered(Noon, 5, Table).Id);
        Assert.Single(Enum.GetValues<ComplaintState>().Select(x => SignalRules.Complaint(Noon, x, Table).Id).Distinct());
        Assert.Equal(SignalRules.CancelledByShop(Noon, Table).Id, SignalRules.CancelledByCustomer(Noon, Table).Id);
    }

    [Fact]
    public void A_shop_overrides_what_it_likes_and_nothing_impossible()
    {
        Assert.Equal(7, SignalRules.Csat(Noon, 3, Table with { CsatWeight = 7 }).Weight);
        Assert.Throws<ArgumentOutOfRangeException>(() => Table with { CsatWeight = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Table with { Unanswered = new Worth(101, 1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => Table with { LateDaysPerWeight = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => SignalRules.Csat(Noon, 3, Table) with { Value = double.NaN });
    }

    private static Signal Of(string fact)
    {
        var parts = fact.Split(' ');
        var x = double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        var n = double.IsFinite(x) ? (int)x : 0;
        return parts[0] switch
        {
            "csat" => SignalRules.Csat(Noon, n, Table),
            "stars" => SignalRules.Stars(Noon, n, Table),
            "nps" => SignalRules.Nps(Noon, n, Table),
            "ces" => SignalRules.Ces(Noon, n, Table),
            "delivered" => SignalRules.Delivered(Noon, new DateOnly(2026, 3, 10).AddDays(-n), Rome, Table),
            "cancelled-shop" => SignalRules.CancelledByShop(Noon, Table),
            "cancelled-customer" => SignalRules.CancelledByCustomer(Noon, Table),
            "refunded" => SignalRules.Refunded(Noon, Noon.OccurredAt.AddHours(-x), Table),
            "answered" => SignalRules.Answered(Noon, x, Table),
            "unanswered" => SignalRules.Unanswered(Noon, Table),
            "complaint" => SignalRules.Complaint(Noon, (ComplaintState)n, Table),
            "spam" => SignalRules.MarkedAsSpam(Noon, Table),
            "unsubscribed" => SignalRules.Unsubscribed(Noon, Table),
            "repeat" => SignalRules.RepeatPurchase(Noon, Table),
            "referral" => SignalRules.Referred(Noon, Table),
            var mention => SignalRules.Mentioned(Noon, x, mention.Contains('-', StringComparison.Ordinal) ? int.Parse(mention["mention-".Length..], System.Globalization.CultureInfo.InvariantCulture) : 0, Table),
        };
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
