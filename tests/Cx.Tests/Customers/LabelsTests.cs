using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Customers;

/// <summary>Tags of orders and customers: the latest statement holds, as hashes that can be compared and as sealed text.</summary>
public class LabelsTests
{
    private static readonly OrderId Id = new("1");

    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_word_is_compared_without_regard_to_case_and_space_in_the_clear_and_as_a_hash()
    {
        var clear = Labels.Of([" VIP ", "vip", "Zia  Nella", ""]);
        var hashed = Labels.Hashed("VIP, Zia  Nella,", Hash);

        Assert.Equal(2, clear.Count);
        Assert.True(clear.Has("Vip") && hashed.Has(" vip", Hash) && hashed.Has("zia  nella", Hash));
        Assert.False(clear.Has("vi") || hashed.Has("vi", Hash) || hashed.Has("vip"));
        Assert.All(hashed, word => Assert.True(GivenIds.IsHash(word)));
        Assert.Equal(Labels.Hashed("zia  nella,vip", Hash), hashed);
        Assert.Equal(hashed, JsonSerializer.Deserialize<Labels>(JsonSerializer.Serialize(hashed, EventCatalog.Json), EventCatalog.Json));
    }

    [Fact]
    public void The_latest_statement_of_an_order_and_of_a_customer_holds_whenever_it_arrives()
    {
        ICustomerEvent[] facts =
        [
            Placed(0, new("web", false, null, Personal.Clear("gift, for Nella"))), Placed(2, new("web", true, null, Personal.Clear("Gift"))), Placed(3, null),
            Called(1, "vip, Nella"), Called(2, "vip"), Called(4, null),
        ];
        foreach (var arriving in new[] { facts, [.. facts.Reverse()] })
        {
            var customer = arriving.Aggregate(CustomerFold.Start(new("c")), (c, f) => CustomerFold.Evolve(c, Recording.Decide(c, Context, [f])));

            var traits = customer.Orders[Id].Traits!;
            Assert.Equal(("web", true, 1, "s1.Gift"), (traits.SalesChannel, traits.IsRenewal, traits.Tags!.Count, traits.TagText!.Value));
            Assert.True(traits.Tags.Has("gift", Hash));
            Assert.Equal((Labels.None, null), (customer.Details.Tags, customer.Details.TagText));
        }
    }

    [Fact]
    public void What_was_stored_of_them_reads_for_ever()
    {
        const string Frozen = """
            {"order":"1","total":{"amount":9.90,"currency":"EUR"},"lines":[{"title":"Lamp","quantity":1,"price":9.90,"tags":["glass"],"collections":["new","winter"]}],"revision":"2026-03-02T08:00:00+00:00","occurredAt":"2026-03-02T08:00:00+00:00","traits":{"salesChannel":"web","isRenewal":true,"tags":["h1.000102030405060708090a0b0c0d0e0f"],"tagText":"s1.text"}}
            """;
        const string Learned = """{"occurredAt":"2026-03-02T08:00:00+00:00","tags":[],"tagText":"s1.text"}""";

        Assert.Equal(Frozen.Trim(), Encoding.UTF8.GetString(EventCatalog.Write(EventCatalog.Read("order-placed.v1", Encoding.UTF8.GetBytes(Frozen)))));
        Assert.Equal(Learned, Encoding.UTF8.GetString(EventCatalog.Write(EventCatalog.Read("customer-details-learned.v1", Encoding.UTF8.GetBytes(Learned)))));
    }

    private static DecisionContext Context => new(
        ShopFacts.Of(new(new("bottega"), new("Bottega", "Europe/Rome", ["it"]), Sending.Off) { Version = 1 }, []), Day0.AddDays(9), "test",
        value => value is null || value.IsSealed ? value : Personal.FromSeal("s1." + value.Value), [], [])
    {
        HashId = Hash,
    };

    private static string Hash(string given) => GivenIds.Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(given)))[..32];

    private static OrderPlaced Placed(int revision, OrderTraits? traits) => new(Id, null, new(9.90m, "EUR"), [], null, Day0.AddDays(revision), Day0) { Traits = traits };

    private static CustomerDetailsLearned Called(int day, string? tags) => new(null, null, null, null, null, null, null, null, null, null, null, Day0.AddDays(day))
    {
        Tags = tags is null ? Labels.None : null,
        TagText = Personal.Clear(tags),
    };
}
