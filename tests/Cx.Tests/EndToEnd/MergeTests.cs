using System.Net;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>Customers who were merged in the shop are linked, whichever news of them comes first.</summary>
public sealed class MergeTests(Running running) : IClassFixture<Running>
{
    private const string Kept = "ada@example.com", Deleted = "ada.old@example.com";

    [Fact]
    public async Task Whatever_arrives_first_the_two_end_as_one_customer_with_the_orders_of_both()
    {
        var start = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
        Func<Shop, Task<HttpResponseMessage>>[] news =
        [
            s => s.Shopify("orders/create", "1", Payloads.Order(501, Kept, start, customer: 11)),
            s => s.Shopify("orders/create", "2", Payloads.Order(502, Deleted, start.AddHours(1), customer: 22)),
            s => s.Shopify("customers/update", "3", Customer(11, Kept, start.AddHours(2))),
            s => s.Shopify("customers/merge", "4", Merge(11, 22)),
        ];
        var orders = Permutations([0, 1, 2, 3]).ToList();
        Assert.Equal(24, orders.Count);
        foreach (var (i, order) in orders.Index())
        {
            using var shop = await running.Open($"merge-{i}", sending: "off");
            foreach (var n in order)
            {
                Assert.Equal(HttpStatusCode.OK, (await news[n](shop)).StatusCode);
            }

            var customer = await shop.Find(Deleted);
            Assert.Equal(["501", "502"], customer["orders"]!.AsArray().Select(o => (string)o!["id"]!));
            Assert.Equal((Kept, (string)customer["id"]!), ((string)customer["details"]!["email"]!, (string)(await shop.Find(Kept))["id"]!));
            Assert.Single(customer["linked"]!.AsArray());
            Assert.Single(await shop.All("/customers"));

            var before = await running.Tables.Events(shop.Name, "customers-linked.v1");
            Assert.Equal("duplicate", (string)(await Answer(news[3](shop)))["status"]!);
            Assert.Equal(before, await running.Tables.Events(shop.Name, "customers-linked.v1"));
        }
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("in_progress")]
    [InlineData("requested")]
    public async Task A_merge_that_was_not_done_links_nobody(string status)
    {
        using var shop = await running.Open($"merge-{status.Replace('_', '-')}", sending: "off");

        Assert.Equal("acknowledged", (string)(await Answer(shop.Shopify("customers/merge", "1", Merge(11, 22, status))))["status"]!);

        Assert.Empty(await shop.All("/customers"));
    }

    [Fact]
    public async Task A_merge_with_somebody_erased_is_acknowledged_and_nothing_of_it_is_kept()
    {
        using var shop = await running.Open("merge-erased", sending: "off");
        var now = await shop.Now();
        await shop.Shopify("orders/create", "1", Payloads.Order(501, Kept, now, customer: 11));
        Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync(shop.Path + await shop.PathOf(Kept))).StatusCode);

        Assert.Equal("acknowledged", (string)(await Answer(shop.Shopify("customers/merge", "2", Merge(11, 22))))["status"]!);

        Assert.Equal((0, 0), await running.Tables.Events(shop.Name, "customers-linked.v1"));
        Assert.Equal(0, await running.Tables.Number("select count(*) from cx_archive where shop = $1", shop.Name));
        Assert.Empty(await shop.All("/customers"));
    }

    [Fact]
    public async Task A_pair_that_was_parted_by_hand_is_not_linked_again_by_the_same_delivery_but_by_a_new_one()
    {
        using var shop = await running.Open("merge-parted", sending: "off");
        var now = await shop.Now();
        await shop.Shopify("orders/create", "1", Payloads.Order(501, Kept, now, customer: 11));
        await shop.Shopify("orders/create", "2", Payloads.Order(502, Deleted, now, customer: 22));
        Assert.Equal("applied", (string)(await Answer(shop.Shopify("customers/merge", "3", Merge(22, 11))))["status"]!);
        var path = await shop.PathOf(Kept);
        var other = (string)(await shop.Get($"{path}/links"))["linked"]![0]!;
        Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync($"{shop.Path}{path}/links/{other}")).StatusCode);

        var linked = await shop.All("/audit?action=linked");
        Assert.Equal(2, linked.Count);
        Assert.All(linked, l => Assert.Equal(("shopify", "customers/merge"), ((string)l["by"]!["id"]!, (string)l["request"]!)));
        Assert.Equal("duplicate", (string)(await Answer(shop.Shopify("customers/merge", "3", Merge(22, 11))))["status"]!);
        Assert.Equal(2, (await shop.All("/customers")).Count);
        Assert.Equal("applied", (string)(await Answer(shop.Shopify("customers/merge", "4", Merge(22, 11))))["status"]!);
        Assert.Single(await shop.All("/customers"));
        Assert.Equal("unchanged", (string)(await Answer(shop.Shopify("customers/merge", "5", Merge(11, 22))))["status"]!);
    }

    [Fact]
    public async Task A_merge_without_an_id_is_kept_as_failed()
    {
        using var shop = await running.Open("merge-odd", sending: "off");

        var answer = await shop.Shopify("customers/merge", "1", """{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/1","status":"completed"}""");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("/admin_graphql_api_customer_deleted_id: is required", (string)Assert.Single(await shop.All("/failed-deliveries"))["reason"]!);
    }

    private static string Merge(int kept, int deleted, string status = "completed") => new JsonObject
    {
        ["admin_graphql_api_customer_kept_id"] = $"gid://shopify/Customer/{kept}",
        ["admin_graphql_api_customer_deleted_id"] = $"gid://shopify/Customer/{deleted}",
        ["admin_graphql_api_job_id"] = null,
        ["status"] = status,
        ["errors"] = new JsonArray(),
    }.ToJsonString();

    private static string Customer(int id, string email, DateTimeOffset updated) =>
        new JsonObject { ["id"] = id, ["email"] = email, ["first_name"] = "Ada", ["last_name"] = "Lovelace", ["updated_at"] = Payloads.Instant(updated) }.ToJsonString();

    private static async Task<JsonNode> Answer(Task<HttpResponseMessage> request) => JsonNode.Parse(await (await request).Content.ReadAsStringAsync())!;

    private static IEnumerable<int[]> Permutations(int[] of) =>
        of.Length == 0 ? [[]] : of.SelectMany(first => Permutations([.. of.Where(i => i != first)]).Select(rest => (int[])[first, .. rest]));
}
