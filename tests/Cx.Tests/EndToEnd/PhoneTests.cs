using System.Net;
using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.Tests.EndToEnd;

/// <summary>One phone number is one person's, however it is written and wherever it comes from.</summary>
public sealed class PhoneTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task A_number_without_its_country_code_is_read_in_the_country_of_the_address_else_of_the_shop()
    {
        using var shop = await running.Open("phones");
        var now = await shop.Now();

        await Call(shop, "c-1", "333 1234567");
        await Call(shop, "c-2", "+39 333 1234567");
        await Call(shop, "c-3", "0171 1234567", country: "DE");
        await Call(shop, "c-4", "0049 171 1234567");
        var order = JsonNode.Parse(Payloads.WooCommerce(71, "jean@example.com", now, now, "processing"))!;
        (order["billing"]!["phone"], order["billing"]!["country"]) = ("0171/1234567", "DE");
        Assert.Equal(HttpStatusCode.OK, (await shop.WooCommerce("order.created", order.ToJsonString())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("orders/create", "s-1", Payloads.Order(72, "rosa@example.com", now, phone: "+393331234567"))).StatusCode);

        Assert.Equal(2, await running.Tables.Count("cx_customers", shop.Name));
        Assert.Equal((await shop.Find("rosa@example.com"))["id"]!.ToString(), (await Find(shop, "333-1234567"))["id"]!.ToString());
        Assert.Equal((await shop.Find("jean@example.com"))["id"]!.ToString(), (await Find(shop, "+49 171 1234567"))["id"]!.ToString());
    }

    [Fact]
    public async Task A_billing_number_that_is_valid_in_no_known_country_identifies_nobody()
    {
        using var shop = await running.Open("phones-typed");
        var now = await shop.Now();
        await Call(shop, "c-1", "12 34 567");
        var order = JsonNode.Parse(Payloads.WooCommerce(71, "jean@example.com", now, now, "processing"))!;
        order["billing"]!["phone"] = "12 34 567";
        await shop.WooCommerce("order.created", order.ToJsonString());

        Assert.Equal(2, await running.Tables.Count("cx_customers", shop.Name));
    }

    [Theory, InlineData("333 1234567"), InlineData("+39 333 1234567")]
    public async Task Whoever_is_stored_under_an_earlier_spelling_is_found_and_then_stored_under_the_present_one(string written)
    {
        using var shop = await running.Open($"phones-{(written.StartsWith('+') ? "plus" : "bare")}");
        await Call(shop, "c-1", "333 1234567");
        var keys = running.Host.Services.GetRequiredService<InstallationKeys>();
        byte[] Hash(string form) => Lookup.Of(keys, new ShopId(shop.Name), IdentifierKind.Phone, form).Hashes[0].Hash;
        await running.Tables.Run($"update cx_identifiers set hash = '\\x{Convert.ToHexString(Hash("3331234567"))}' where shop = '{shop.Name}'");
        var before = (string)(await Find(shop, written))["id"]!;

        await Call(shop, "c-2", written);

        Assert.Equal(before, (string)(await Find(shop, written))["id"]!);
        Assert.Equal(1, await running.Tables.Count("cx_customers", shop.Name));
        var found = await running.Host.Services.GetRequiredService<IdentifierIndex>()
            .Find(new(shop.Name), [new(IdentifierKind.Phone, [new(1, Hash("+393331234567"))])], CancellationToken.None);
        Assert.Equal(before, Assert.Single(found).Value);
    }

    private static Task<JsonNode> Find(Shop shop, string phone) => shop.Post("/customers/lookup", new { phone });

    private static async Task Call(Shop shop, string id, string phone, string? country = null)
    {
        var touchpoint = Payloads.Touchpoint(id, "contact", await shop.Now(), email: null, channel: "phone");
        touchpoint["customer"] = country is null ? new JsonObject { ["phone"] = phone } : new JsonObject { ["phone"] = phone, ["country"] = country };
        var answer = await shop.Touchpoints(id, touchpoint);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
