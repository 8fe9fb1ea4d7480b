using System.Net;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>An authentic delivery that cannot be translated is stored, listed, and can be replayed.</summary>
public sealed class FailedDeliveryTests(Running running) : IClassFixture<Running>
{
    public static TheoryData<string, string, string> Inexact => new()
    {
        { "\"currency\":\"EUR\"", "\"currency\":\"E1\"", "/currency" },
        { "\"currency\":\"EUR\"", "\"currency\":null", "/currency" },
        { "\"id\":1,", "\"id\":1.5,", "/id" },
        { "\"processed_at\":\"20", "\"processed_at\":\"x20", "/processed_at" },
    };

    [Theory, MemberData(nameof(Inexact))]
    public async Task A_value_without_exact_form_is_stored_as_failed_and_does_not_use_up_its_key(string exact, string inexact, string path)
    {
        using var shop = await running.Open($"inexact-{Guid.NewGuid():N}", sending: "off");
        var good = Payloads.Order(1, "ada@example.com", await shop.Now());
        var bad = good.Replace(exact, inexact, StringComparison.Ordinal);
        Assert.NotEqual(good, bad);

        var answer = await shop.Shopify("orders/create", "d-1", bad);
        Assert.Equal((HttpStatusCode.Accepted, "failed"), (answer.StatusCode, (string)(await answer.Json())["status"]!));
        var listed = Assert.Single(await shop.All("/failed-deliveries"));
        Assert.Equal(("shopify", "orders/create", 1), ((string)listed["source"]!, (string)listed["topic"]!, (int)listed["tries"]!));
        Assert.Contains(path, (string)listed["reason"]!, StringComparison.Ordinal);
        Assert.Equal(0, await running.Tables.Count("cx_customers", shop.Name));

        var replay = await shop.Api.PostAsync($"{shop.Path}/failed-deliveries/{listed["id"]}/replay", null);
        Assert.Equal(HttpStatusCode.Accepted, replay.StatusCode);
        Assert.Equal(2, (int)Assert.Single(await shop.All("/failed-deliveries"))["tries"]!);

        var mended = await shop.Shopify("orders/create", "d-1", good);
        Assert.Equal((HttpStatusCode.OK, "applied"), (mended.StatusCode, (string)(await mended.Json())["status"]!));
    }

    [Theory]
    [InlineData("\"title\":\"Desk lamp\"", "\"title\":\"Desk\\u0000lamp\"", "/line_items/0/title")]
    [InlineData("\"title\":\"Desk lamp\"", "\"title\":\"Desk \\ud800 lamp\"", "/line_items/0/title")]
    [InlineData("\"total_price\":\"129.90\"", "\"total_price\":1e400", "/total_price")]
    [InlineData("\"quantity\":1", "\"quantity\":9223372036854775808", "/line_items/0/quantity")]
    [InlineData("\"total_price\":\"129.90\"", "\"total_price\":\"0.123456789012345678901234567890\"", "/total_price")]
    public async Task A_value_that_cannot_be_read_is_left_out_and_noted(string usual, string odd, string path)
    {
        using var shop = await running.Open($"odd-{Guid.NewGuid():N}", sending: "off");
        var answer = await shop.Shopify("orders/create", "d-1", Payloads.Order(1, "ada@example.com", await shop.Now()).Replace(usual, odd, StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.OK, "applied"), (answer.StatusCode, (string)(await answer.Json())["status"]!));
        var listed = Assert.Single(await shop.All("/incomplete-deliveries"));
        Assert.Equal(("shopify", "orders/create"), ((string)listed["source"]!, (string)listed["topic"]!));
        Assert.StartsWith(path + ": ", (string)listed["leftOut"]![0]!, StringComparison.Ordinal);
        Assert.Equal(129.90m, decimal.Parse((string)(await shop.Find("ada@example.com"))["orders"]![0]!["total"]!["amount"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Incomplete_deliveries_are_listed_in_pages()
    {
        using var shop = await running.Open("pages-of-odd", sending: "off");
        for (var i = 1; i <= 3; i++)
        {
            await shop.Shopify("orders/create", $"d-{i}", Payloads.Order(i, $"ada{i}@example.com", await shop.Now()).Replace("\"quantity\":1", "\"quantity\":-1", StringComparison.Ordinal));
        }

        var first = await (await shop.Api.GetAsync($"{shop.Path}/incomplete-deliveries?limit=2")).Json();
        var rest = await (await shop.Api.GetAsync($"{shop.Path}/incomplete-deliveries?limit=2&cursor={Uri.EscapeDataString((string)first["next"]!)}")).Json();
        Assert.Equal(3, first["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(d => (string)d!["id"]!).Distinct().Count());
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.Api.GetAsync($"{shop.Path}/incomplete-deliveries?cursor=x")).StatusCode);
    }

    [Fact]
    public async Task Ids_beyond_64_bits_keep_their_digits()
    {
        using var shop = await running.Open("wide-ids", sending: "off");
        var order = Payloads.Order(4242, "ada@example.com", await shop.Now()).Replace("\"id\":4242,", "\"id\":123456789012345678901234567890,", StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("orders/create", "d-1", order)).StatusCode);

        Assert.Equal("123456789012345678901234567890", (string)(await shop.Find("ada@example.com"))["orders"]![0]!["id"]!);
    }

    [Fact]
    public async Task After_a_fix_a_failed_delivery_is_replayed_as_it_arrived()
    {
        using var shop = await running.Open("fixed", sending: "off");
        await running.Tables.Run("""
            create function out_of_order() returns trigger language plpgsql as $$ begin raise exception 'broken' using errcode = '22003'; end $$;
            create trigger out_of_order before insert on mt_events for each row when (new.tenant_id = 'fixed') execute function out_of_order()
            """);
        var order = Payloads.Order(1, "ada@example.com", await shop.Now());
        Assert.Equal(HttpStatusCode.Accepted, (await shop.Shopify("orders/create", "d-1", order)).StatusCode);
        var failed = Assert.Single(await shop.All("/failed-deliveries"));
        Assert.DoesNotContain("Exception", (string)failed["reason"]!, StringComparison.Ordinal);
        Assert.Contains("send the delivery again", (string)failed["reason"]!, StringComparison.Ordinal);
        var id = failed["id"];

        await running.Tables.Run("drop trigger out_of_order on mt_events");
        var replay = await shop.Post($"/failed-deliveries/{id}/replay", new { });

        Assert.Equal("applied", (string)replay["status"]!);
        Assert.Empty(await shop.All("/failed-deliveries"));
        Assert.Equal("129.90", (string)(await shop.Find("ada@example.com"))["orders"]![0]!["total"]!["amount"]!);
        var again = await shop.Shopify("orders/create", "d-1", order);
        Assert.Equal("duplicate", (string)(await again.Json())["status"]!);
    }
}
