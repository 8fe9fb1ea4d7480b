using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Offers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Offers;

public class OfferingTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly ICustomerEvent OptIn = new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", null, Day);

    private static readonly Item Pan = new(new("pan"), "Pan", "kitchen", Day, 10, 10);
    private static readonly Item Lid = new(new("lid"), "Lid", "kitchen", Day, 5, 5);
    private static readonly Item Oil = new(new("oil"), "Oil", "food", Day, 8, 8);
    private static readonly Item Pot = new(new("pot"), "Pot", "kitchen", Day, 4, 4);
    private static readonly Item Rug = new(new("rug"), "Rug", "home", Day, 50, 50);

    private static readonly Candidates Shop = new(
        new Dictionary<ProductId, IReadOnlyList<Pair>> { [Pan.Product] = [new(Oil.Product, 6, 6), new(Lid.Product, 3, 3)] },
        new[] { Pan, Lid, Oil }.ToDictionary(i => i.Product), [Pan, Lid, Pot], [Rug, Pan]);

    [Fact]
    public void Affinity_comes_first_then_the_category_then_best_sellers_each_with_its_reason()
    {
        var offers = Offering.Choose(Customer(Bought("1", "pan"), OptIn), Shop, Day, atMost: 4);

        Assert.Equal(
            [
                new(Oil.Product, "Oil", "Often bought together with Pan.", Analogous: false, OfferKind.CoPurchase, "Pan"),
                new(Lid.Product, "Lid", "Often bought together with Pan.", Analogous: true, OfferKind.CoPurchase, "Pan"),
                new(Pot.Product, "Pot", "Of the same category as Pan.", Analogous: true, OfferKind.Category, "Pan"),
                new(Rug.Product, "Rug", "A favourite of other customers.", Analogous: false, OfferKind.BestSeller),
            ],
            offers);
    }

    [Fact]
    public void Without_an_opt_in_only_analogous_products_are_offered() =>
        Assert.Equal(["lid", "pot"], Products(Customer(Bought("1", "pan"))));

    [Fact]
    public void What_is_in_any_order_is_not_offered_whatever_became_of_it()
    {
        var customer = Customer(
            Bought("1", "pan"), Bought("2", "lid"), new OrderCancelled(new("2"), Canceller.Customer, Day), Bought("3", "oil"),
            new ComplaintOpened(new("c"), new OrderId("3"), Channel.Email, null, Day), Bought("4", "pot"), new OrderRefunded(new("4"), "r", null, true, Day), OptIn);

        Assert.Equal(["rug"], Products(customer));
    }

    [Fact]
    public void Offers_do_not_relate_to_what_was_complained_about_sent_back_or_cancelled()
    {
        Assert.Empty(Products(Customer(Bought("1", "pan"), new ComplaintOpened(new("c"), new OrderId("1"), Channel.Email, null, Day), OptIn)));
        Assert.Empty(Products(Customer(Bought("1", "pan"), new RefundRequested(new("1"), Day), OptIn)));
        Assert.Empty(Products(Customer(Bought("1", "pan"), new OrderCancelled(new("1"), Canceller.Shop, Day), OptIn)));
    }

    [Fact]
    public void What_nobody_has_ordered_for_half_a_year_is_not_offered() =>
        Assert.Empty(Offering.Choose(Customer(Bought("1", "pan"), OptIn), Shop, Day + Offering.LongestUnsold + TimeSpan.FromDays(1)));

    [Fact]
    public void What_only_one_other_customer_bought_is_not_offered()
    {
        var shop = Shop with { Pairs = new Dictionary<ProductId, IReadOnlyList<Pair>> { [Pan.Product] = [new(Oil.Product, 1, 1)] }, SameCategory = [Pot with { Buyers = 1 }], BestSellers = [] };

        Assert.Empty(Offering.Choose(Customer(Bought("1", "pan"), OptIn), shop, Day));
    }

    [Fact]
    public void An_erased_customer_is_offered_nothing() =>
        Assert.Empty(Products(Customer(Bought("1", "pan"), OptIn, new CustomerErased("api", Day))));

    private static string[] Products(Customer customer) => [.. Offering.Choose(customer, Shop, Day).Select(o => o.Product.Value)];

    private static Customer Customer(params ICustomerEvent[] events) => CustomerFold.Evolve(CustomerFold.Start(new("c")), events);

    private static OrderPlaced Bought(string order, string product) => new(
        new(order), null, new(5, "EUR"), [new(new(product), null, product == "pan" ? "Pan" : product, 1, 5, product == "oil" ? "food" : "kitchen")], null, Day, Day);
}
