using System.Net;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>While a deployment rolls, an old instance meets customers of whom a newer one has recorded what the old one does not know.</summary>
public sealed class NewerVersionTests
{
    [Fact]
    public async Task A_delivery_about_a_customer_with_newer_events_is_posted_again_and_never_kept_as_failed()
    {
        await using var host = await Installation.Start();
        using var shop = await host.Open("rolling", sending: "off");
        const string Email = "ada@rolling.example";
        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("orders/create", "61-1", Payloads.Order(61, Email, await shop.Now()))).StatusCode);
        var customer = await shop.PathOf(Email);
        var shipped = Payloads.Fulfilment(61, await shop.Now());
        await NewerVersion.Wrote(host.Tables.Run, "order-placed.v1");
        var before = await Rows();

        foreach (var answer in new[]
        {
            await shop.Shopify("fulfillments/create", "61-2", shipped),
            await shop.Touchpoints("k-1", Payloads.Touchpoint("v-1", "visit", await shop.Now(), Email)),
            await shop.Api.GetAsync($"{shop.Path}{customer}/follow-ups"),
            await shop.Api.GetAsync($"{shop.Path}{customer}/experience"),
        })
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "newer-version"), (answer.StatusCode, await answer.Code()));
        }

        Assert.Equal(before, await Rows());
        Assert.Equal(0, await host.Tables.Count("cx_failed_deliveries", shop.Name));

        await NewerVersion.TakesOver(host.Tables.Run, "order-placed.v1");
        var again = await shop.Shopify("fulfillments/create", "61-2", shipped);
        Assert.Equal((HttpStatusCode.OK, "applied"), (again.StatusCode, (string)(await again.Json())["status"]!));
        Assert.Equal((1L, 1L), await host.Tables.Events(shop.Name, "order-shipped.v1"));

        // The views may still follow what was there before.
        async Task<IEnumerable<KeyValuePair<string, long>>> Rows() => (await host.Tables.Rows(shop.Name)).Where(t => t.Key != "cx_view_rows");
    }
}
