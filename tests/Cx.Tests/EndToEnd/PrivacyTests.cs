using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cx.Application.EventStore.Projections;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.Tests.EndToEnd;

/// <summary>Personal data can be exported and erased.</summary>
public sealed class PrivacyTests(Running running) : IClassFixture<Running>
{
    private const string Phone = "+390115550100", First = "Hildegarda", Last = "Quaranta", Question = "Does the lamp hum at night", Grief = "It fell apart in my hands", Mended = "We sent another by courier",
        Opinion = "Bright, yet a little loud", Wording = "Write to me about lamps";

    [Fact]
    public async Task An_erasure_over_HTTP_leaves_no_personal_value_in_the_database()
    {
        using var shop = await running.Open("erasure");
        const string Email = "hildegarda@erasure.example";
        string[] personal = [Email, Phone, Phone[1..], First, Last, Question, Grief, Mended, Opinion];
        await Record(shop, Email);
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

        // A search cannot find sealed values: the keys that open them must be gone as well.
        Assert.Equal(0, await running.Tables.Number("select count(*) from cx_customers where shop = $1 and key is not null", shop.Name));
        Assert.Equal(0, await running.Tables.Number("select count(*) from cx_archive where shop = $1 and customer is not null", shop.Name));
        Assert.Equal(0, await running.Tables.Number("select count(*) from cx_identifiers where shop = $1 and kind not in (0, 1)", shop.Name));
        Assert.Equal(0, await running.Tables.Number("select count(*) from cx_outbox where shop = $1 and content is not null", shop.Name));

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
    public async Task An_idempotency_key_that_somebody_typed_is_nowhere_in_the_database_though_ids_are_made_of_it()
    {
        using var shop = await running.Open("typed-keys");
        const string Key = "ottilie@typed.example", Email = "ada@typed-keys.example";
        var now = await shop.Now();
        System.Text.Json.Nodes.JsonObject Bare(string type, object? data = null)
        {
            var touchpoint = Payloads.Touchpoint("", type, now, Email, data);
            touchpoint.Remove("id");
            return touchpoint;
        }

        var posted = await shop.Touchpoints(Key, new[] { Bare("contact"), Bare("complaint"), Bare("visit"), Bare("checkout") });
        Assert.All((await posted.Json())["items"]!.AsArray(), i => Assert.Equal("applied", (string)i!["status"]!));
        Assert.Equal(HttpStatusCode.OK, (await shop.Standard(Key, Bare("contact").ToJsonString())).StatusCode);
        using var complaint = new HttpRequestMessage(HttpMethod.Post, $"{shop.Path}{await shop.PathOf(Email)}/complaints")
        {
            Content = new StringContent("""{"channel":"email"}""", Encoding.UTF8, "application/json"),
            Headers = { { "Idempotency-Key", Key } },
        };
        Assert.Equal(HttpStatusCode.Created, (await shop.Api.SendAsync(complaint)).StatusCode);

        var dump = await Dump.Of(running.Tables.Connection);

        Assert.Contains("contact-made.v1", dump, StringComparison.Ordinal);
        Assert.All(Spellings(Key), spelling => Assert.DoesNotContain(spelling, dump, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task After_an_erasure_every_view_can_be_rebuilt_from_the_log()
    {
        string database;
        await using (var first = await Installation.Start())
        {
            database = first.Tables.Connection;
            using var before = await first.Open("rebuilt", sending: "off");
            await Record(before, "hildegarda@rebuilt.example");
            await FollowUpTests.Deliver(before, "ada@rebuilt.example", 55);
            Assert.Equal(HttpStatusCode.NoContent, (await before.Api.DeleteAsync(before.Path + await before.PathOf("hildegarda@rebuilt.example"))).StatusCode);
        }

        await using var tables = new Tables(database);
        await tables.Run("update cx_customers set fold = 0; delete from mt_event_progression");
        await using var next = await Installation.Start(database);
        using var shop = new Shop(next.Address, "rebuilt");
        var built = new TaskCompletionSource();
        var last = long.MaxValue;
        var views = next.Services.GetRequiredService<LogDaemon>();
        views.Moved += (_, position) =>
        {
            if (position >= Volatile.Read(ref last))
            {
                built.TrySetResult();
            }
        };

        Assert.Equal("55", (string)(await shop.Find("ada@rebuilt.example"))["orders"]![0]!["id"]!);
        Assert.Single(await shop.All("/customers"));
        var now = await shop.Now();
        await shop.Shopify("orders/create", "56", Payloads.Order(56, "ada@rebuilt.example", now));
        Volatile.Write(ref last, (long)(await shop.All($"{await shop.PathOf("ada@rebuilt.example")}/touchpoints"))[^1]["sequence"]!);
        await shop.Shopify("orders/create", "57", Payloads.Order(57, "ada@rebuilt.example", now));
        await built.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_request_of_Shopify_to_redact_erases_and_a_request_for_data_is_recorded()
    {
        using var shop = await running.Open("redact");
        const string Email = "hildegarda@redact.example";
        await Record(shop, Email);
        var path = await shop.PathOf(Email);
        var asked = new JsonObject
        {
            ["shop_id"] = 1,
            ["shop_domain"] = "b.myshopify.com",
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

    [Theory]
    [InlineData("""{"id":"not-yet","email":"EMAIL","customer":{"id":771}}""")]
    [InlineData("""{"id":601,"line_items":"none","customer":{"id":1000600}}""")]
    [InlineData("""{"order_id":600,"id":1,"created_at":"yesterday","status":"success"}""")]
    public async Task A_failed_delivery_is_erased_with_the_person_whom_it_mentions_and_no_other(string body)
    {
        using var shop = await running.Open("failed-" + Guid.NewGuid().ToString("N")[..8]);
        const string Email = "first@failed.example";
        await shop.Shopify("orders/create", "f-1", Payloads.Order(600, Email, DateTimeOffset.UtcNow));
        var topic = body.Contains("order_id", StringComparison.Ordinal) ? "fulfillments/create" : "orders/create";
        Assert.Equal(HttpStatusCode.Accepted, (await shop.Shopify(topic, "f-2", body.Replace("EMAIL", Email, StringComparison.Ordinal))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await shop.Shopify("orders/create", "f-3", """{"id":"other","email":"second@failed.example"}""")).StatusCode);

        await shop.Api.DeleteAsync(shop.Path + await shop.PathOf(Email));

        var left = JsonNode.Parse(await shop.Api.GetStringAsync(shop.Path + "/failed-deliveries"))!["items"]!.AsArray();
        Assert.Single(left);
    }

    [Fact]
    public async Task After_a_redaction_late_news_of_the_person_brings_nobody_back_and_others_are_untouched()
    {
        using var shop = await running.Open("late-news");
        var now = DateTimeOffset.UtcNow;
        await shop.Shopify("orders/create", "n-1", Payloads.Order(501, "first@late.example", now));
        await shop.Shopify("orders/create", "n-2", Payloads.Order(502, "second@late.example", now));
        var second = await shop.PathOf("second@late.example");
        var redact = new JsonObject
        {
            ["shop_id"] = 1,
            ["shop_domain"] = "b.myshopify.com",
            ["customer"] = new JsonObject { ["id"] = 1_000_501, ["email"] = "first@late.example", ["phone"] = null },
            ["orders_to_redact"] = new JsonArray(501, 599),
        }.ToJsonString();
        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("customers/redact", "n-3", redact)).StatusCode);

        foreach (var (order, key) in new[] { (501, "n-4"), (599, "n-5") })
        {
            var late = await shop.Shopify("orders/updated", key, Payloads.Order(order, "first@late.example", now));
            Assert.Equal("acknowledged", (string)JsonNode.Parse(await late.Content.ReadAsStringAsync())!["status"]!);
        }

        Assert.Equal(HttpStatusCode.OK, (await shop.Api.GetAsync(shop.Path + second)).StatusCode);
        var customers = JsonNode.Parse(await shop.Api.GetStringAsync(shop.Path + "/customers"))!["items"]!.AsArray();
        Assert.Single(customers);
    }

    private static async Task Record(Shop shop, string email)
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
    internal static IEnumerable<string> Spellings(string text)
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
