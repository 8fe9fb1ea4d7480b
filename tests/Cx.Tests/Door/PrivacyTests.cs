using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.Door;

/// <summary>What is held about a person can be had, and can be forgotten.</summary>
public sealed class PrivacyTests(Running running) : IClassFixture<Running>
{
    private const string Phone = "+390115550100", First = "Hildegarda", Last = "Quaranta", Question = "Does the lamp hum at night", Grief = "It fell apart in my hands", Mended = "We sent another by courier",
        Opinion = "Bright, yet a little loud", Wording = "Write to me about lamps";

    [Fact]
    public async Task Erasing_over_HTTP_leaves_nothing_readable_anywhere_and_all_still_folds()
    {
        using var shop = await running.Open("erasure");
        const string Email = "hildegarda@erasure.example";
        string[] personal = [Email, Phone, Phone[1..], First, Last, Question, Grief, Mended, Opinion];
        await Tell(shop, Email);
        await shop.Advance("P8D");
        var path = await shop.PathOf(Email);
        var message = Assert.Single(await shop.All("/messages"), m => m["customer"]!.ToString() == path.Split('/')[^1] && (string)m["state"]! == "accepted");

        var export = (await shop.Get($"{path}/export")).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.All([.. personal, Wording, "129.90", "Desk lamp"], text => Assert.Contains(text, export, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync(shop.Path + path)).StatusCode);

        var dump = await Dump.Of(running.Tables.Connection);
        Assert.Contains("customer-erased.v1", dump, StringComparison.Ordinal);
        foreach (var spelling in personal.SelectMany(Spellings))
        {
            Assert.DoesNotContain(spelling, dump, StringComparison.OrdinalIgnoreCase);
        }

        foreach (var gone in new[] { path, $"{path}/export", $"{path}/experience", $"{path}/touchpoints", $"{path}/follow-ups" })
        {
            var answer = await shop.Api.GetAsync(shop.Path + gone);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Gone, HttpStatusCode.NotFound });
        }

        Assert.Equal(HttpStatusCode.NotFound, (await shop.Api.PostAsync($"{shop.Path}/customers/lookup", new StringContent($$"""{"email":"{{Email}}"}""", Encoding.UTF8, "application/json"))).StatusCode);
        var written = await shop.Api.GetAsync($"{shop.Path}/messages/{message["id"]}");
        Assert.DoesNotContain(Email, await written.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await shop.All("/customers"));
    }

    [Fact]
    public async Task What_a_host_knows_is_built_again_by_the_next_one_after_an_erasure()
    {
        await using var first = await Installation.Start();
        using (var shop = await first.Open("rebuilt"))
        {
            await Tell(shop, "hildegarda@rebuilt.example");
            await FollowUpTests.Deliver(shop, "ada@rebuilt.example", 55);
            Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync(shop.Path + await shop.PathOf("hildegarda@rebuilt.example"))).StatusCode);
        }

        await first.Tables.Run("""
            update cx_customers set fold = 0, state = null;
            delete from mt_event_progression
            """);
        await using var next = await Installation.Start(first.Tables.Connection);
        using var again = new Shop(next.Address, "rebuilt");
        Assert.Equal("55", (string)(await again.Find("ada@rebuilt.example"))["orders"]![0]!["id"]!);
        Assert.Single(await again.All("/customers"));
    }

    [Fact]
    public async Task A_request_of_Shopify_to_redact_erases_and_a_request_for_data_is_recorded()
    {
        using var shop = await running.Open("redact");
        const string Email = "hildegarda@redact.example";
        await Tell(shop, Email);
        var path = await shop.PathOf(Email);
        var asked = new JsonObject
        {
            ["shop_id"] = 1,
            ["customer"] = new JsonObject { ["id"] = 1_000_077, ["email"] = Email, ["phone"] = Phone },
            ["orders_requested"] = new JsonArray(77),
            ["data_request"] = new JsonObject { ["id"] = 9 },
        }.ToJsonString();

        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("customers/data_request", "r-1", asked)).StatusCode);
        Assert.Contains(await shop.All($"{path}/touchpoints"), t => (string)t["type"]! == "data-requested.v1");

        var redact = asked.Replace("orders_requested", "orders_to_redact", StringComparison.Ordinal);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("customers/redact", "r-2", redact)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Gone, (await shop.Api.GetAsync(shop.Path + path)).StatusCode);
        var dump = await Dump.Of(running.Tables.Connection);
        Assert.All(Spellings(Email), spelling => Assert.DoesNotContain(spelling, dump, StringComparison.OrdinalIgnoreCase));
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "customer-erased.v1"));
    }

    private static async Task Tell(Shop shop, string email)
    {
        var now = await shop.Now();
        var at = now.AddMinutes(-30);
        HttpResponseMessage[] answers =
        [
            await shop.Shopify("orders/create", "o-1", Payloads.Order(77, email, now.AddHours(-1), first: First, last: Last, phone: Phone)),
            await shop.Shopify("themes/publish", "o-2", "{}"),
            await shop.Standard("s-1", Payloads.Touchpoint("c-1", "contact", at, email, new { conversationId = "hum", text = Question }).ToJsonString()),
            await shop.Standard("s-2", Payloads.Touchpoint("k-1", "complaint", at, email, new { complaintId = "apart", text = Grief }, order: "77").ToJsonString()),
            await shop.Touchpoints("t-1", Payloads.Touchpoint("r-1", "resolution", at.AddMinutes(1), email, new { complaintId = "apart", text = Mended }, order: "77")),
            await shop.Touchpoints("t-2", Payloads.Touchpoint("f-1", "feedback", at, email, new { kind = "nps", score = 7, text = Opinion })),
            await shop.Touchpoints("t-3", Payloads.Touchpoint("p-1", "consent", at, email, new { purpose = "marketing", given = true, wording = Wording })),
        ];
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
    }

    /// <summary>As text, as the bytes of binary columns are dumped, and as base64 spells it wherever it begins.</summary>
    private static IEnumerable<string> Spellings(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        yield return text;
        yield return Convert.ToHexStringLower(bytes);
        for (var shift = 0; shift < 3 && bytes.Length > 8; shift++)
        {
            yield return Convert.ToBase64String([.. new byte[shift], .. bytes])[4..^4];
        }
    }
}
