using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>
/// What a person or a shop can type is in no table, log or file in the clear, before an erasure and after it. Not searched for are the shop's own
/// references: of orders and products, with their numbers and titles.
/// </summary>
public sealed class TypedValuesTests
{
    private const string Email = "typed-address@marks.example", Phone = "+390115550199";

    private readonly List<string> typed = [Email, Phone, Phone[3..]];

    [Fact]
    public async Task Nothing_typed_stands_in_the_clear_in_tables_logs_or_files()
    {
        var database = await Database.Prepared();
        using var folder = TestFolder.Create();
        await using var smtp = MailServer.Start();
        await using var host = await HostProcess.Start([.. Installation.Arguments(database, folder.Data.Path, smtp), "--Logging:LogLevel:Default", "Trace"]);
        using var shop = await Shop.Open(host.Address, "typed", "on");
        await TypeEverywhere(shop);
        await shop.Advance("P8D");
        Assert.NotEmpty(smtp.Mails);
        var path = await shop.PathOf(Email);
        var export = (await shop.Get($"{path}/export")).ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

        // The export still shows what was typed: with the events, or in the payload that it came in.
        var kept = typed.Where(t => !t.Contains("-key", StringComparison.Ordinal) && !t.Contains("unknown", StringComparison.Ordinal) && !t.Contains("failed", StringComparison.Ordinal));
        Assert.All(kept, text => Assert.Contains(text, export, StringComparison.Ordinal));
        AssertNowhere(await Dump.Of(database), host.Output, folder.Data.Path);

        Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync(shop.Path + path)).StatusCode);
        await host.Kill();

        var dump = await Dump.Of(database);
        Assert.Contains("customer-erased.v1", dump, StringComparison.Ordinal);
        Assert.Contains("cx_waiting", dump, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.EnumerateFiles(folder.Data.Path, "*erasure*", SearchOption.AllDirectories));
        AssertNowhere(dump, host.Output, folder.Data.Path);
    }

    private async Task TypeEverywhere(Shop shop)
    {
        var now = await shop.Now();
        var at = now.AddMinutes(-30);
        await Accepted(shop.Shopify("orders/create", Mark("shopify-key"), Order(now.AddHours(-1)).ToJsonString()));
        await Accepted(shop.Shopify("fulfillments/create", "ship", Payloads.Fulfilment(4242, at)));
        await Accepted(shop.Shopify("fulfillment_events/create", "arrive", Payloads.Delivered(4242, at.AddMinutes(1))));
        await Accepted(shop.Shopify("checkouts/create", Mark("checkout-key"), Checkout(at).ToJsonString()));
        await Accepted(shop.Shopify("customers/update", Mark("customer-key"), Customer(at).ToJsonString()));
        await Accepted(shop.WooCommerce("order.updated", WooCommerce(now.AddHours(-2)).ToJsonString()));
        await Accepted(shop.WooCommerce(Mark("Topic of failed"), """{"id":1}"""));
        await Accepted(shop.Touchpoints(Mark("items-key"), Touchpoints("api", at)));
        await Accepted(shop.Standard(Mark("standard-key"), new JsonObject { ["touchpoints"] = Touchpoints("standard", at.AddMinutes(5)) }.ToJsonString()));

        // Without an id of its own a touchpoint has the key's; without a person it waits for the conversation.
        var bare = Payloads.Touchpoint("", "visit", at, Email);
        bare.Remove("id");
        await Accepted(shop.Touchpoints(Mark("bare-key"), bare));
        await Accepted(shop.Touchpoints(Mark("waiting-key"), Payloads.Touchpoint(Mark("unknown-answer"), "answer", at, null, new { conversationId = Mark("unknown@talk.example"), text = Mark("unknown text") })));
        await Accepted(shop.Shopify("orders/create", Mark("failed-key"), Order(now, "failed", Mark("failed instant")).ToJsonString()), HttpStatusCode.Accepted);
        await Accepted(shop.Standard(Mark("failed-id-key"), Payloads.Touchpoint(Mark("failed-id"), Mark("failed-type"), at, Email).ToJsonString()), HttpStatusCode.Accepted);

        var path = await shop.PathOf(Email);
        await shop.Put($"{path}/consents", new { channel = "email", purpose = "marketing", given = true, wording = Mark("wording by hand") });
        var complaint = Mark("complaint@hand.example");
        var opened = await shop.Post($"{path}/complaints", new { channel = "email", complaintId = complaint, text = Mark("complaint by hand") });
        await shop.Post($"{path}/complaints/{Uri.EscapeDataString(complaint)}/resolve", new { text = Mark("resolution by hand") });
        var resolved = Assert.Single((await shop.Get(path))["complaints"]!.AsArray(), c => (string?)c!["id"] == (string?)opened["id"])!;
        Assert.Equal((complaint, true), ((string?)resolved["reference"], resolved["resolvedAt"] is not null));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{shop.Path}{path}/complaints") { Content = new StringContent("""{"channel":"email"}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", Mark("complaint-key"));
        Assert.Equal(HttpStatusCode.Created, (await shop.Api.SendAsync(request)).StatusCode);
    }

    // Every type of touchpoint with every field that takes a text of the caller's.
    private JsonArray Touchpoints(string way, DateTimeOffset at)
    {
        var (talk, complaint) = (Mark($"{way}@talk.example"), Mark($"{way} complaint"));
        (string Type, object Data)[] all =
        [
            ("purchase", new { number = "N-1", tags = new[] { Mark($"{way} order tag") }, total = new { amount = "9.90", currency = "EUR" }, lines = new[] { new { title = "Lamp", price = "9.90", properties = new { note = Mark($"{way} line property") } } }, note = Mark($"{way} note") }),
            ("shipment", new { shipment = Mark($"{way} shipment") }),
            ("delivery", new { shipment = Mark($"{way} shipment") }),
            ("refund", new { refundId = Mark($"{way} refund"), amount = "1.00", currency = "EUR" }),
            ("refund", new { amount = "2.00", currency = "EUR" }),
            ("checkout", new { checkoutId = Mark($"{way} checkout") }),
            ("contact", new { conversationId = talk, text = Mark($"{way} question") }),
            ("contact", new { text = Mark($"{way} other question") }),
            ("answer", new { conversationId = talk, text = Mark($"{way} answer") }),
            ("feedback", new { kind = "nps", score = 6, text = Mark($"{way} feedback") }),
            ("review", new { stars = 3, text = Mark($"{way} review") }),
            ("complaint", new { complaintId = complaint, text = Mark($"{way} grief") }),
            ("complaint", new { text = Mark($"{way} other grief") }),
            ("resolution", new { complaintId = complaint, text = Mark($"{way} resolution") }),
            ("mention", new { sentiment = 0.5, text = Mark($"{way} mention") }),
            ("referral", new { }),
            ("visit", new { }),
            ("spam", new { }),
            ("bounce", new { }),
            ("consent", new { purpose = "marketing", given = true, wording = Mark($"{way} wording") }),
        ];
        return new(
        [
            .. all.Select((t, i) =>
            {
                var touchpoint = Payloads.Touchpoint(Mark($"{way}-{i}@id.example"), t.Type, at, Email, t.Data, order: t.Type is "purchase" or "shipment" or "delivery" or "refund" ? $"{way}-1" : null);
                foreach (var field in new[] { "shopCustomerId", "visitorId", "handle", "name", "firstName" })
                {
                    touchpoint["customer"]![field] = Mark($"{way} {field}");
                }

                touchpoint["customer"]!["phone"] = Phone;
                touchpoint["customer"]!["tags"] = new JsonArray(Mark($"{way} customer tag"));
                return (JsonNode)touchpoint;
            }),
        ]);
    }

    private JsonObject Order(DateTimeOffset placed, string way = "shopify", string? unreadable = null)
    {
        var order = JsonNode.Parse(Payloads.Order(4242, Email, placed, first: Mark($"{way}First"), last: Mark($"{way}Last"), phone: Phone, status: "paid"))!.AsObject();
        order["processed_at"] = unreadable ?? order["processed_at"]!.ToString();
        order["note"] = Mark($"{way} note");
        order["note_attributes"] = new JsonArray(new JsonObject { ["name"] = Mark($"{way} attribute"), ["value"] = Mark($"{way} attribute value") });
        order["tags"] = Mark($"{way} tag on order");
        order["customer"]!["tags"] = Mark($"{way} tag on customer");
        order["browser_ip"] = Mark($"{way} address of browser");
        order["billing_address"] = Address(way);
        order["shipping_address"] = Address($"{way} shipping");
        order["customer"]!["note"] = Mark($"{way} note on customer");
        order["line_items"]![0]!["properties"] = new JsonArray(new JsonObject { ["name"] = Mark($"{way} engraving"), ["value"] = Mark($"{way} engraved text") });
        return order;
    }

    private JsonObject Address(string way) => new()
    {
        ["first_name"] = Mark($"{way} addressee"),
        ["last_name"] = Mark($"{way} family"),
        ["company"] = Mark($"{way} company"),
        ["address1"] = Mark($"{way} street"),
        ["city"] = Mark($"{way} city"),
        ["zip"] = Mark($"{way} zip"),
        ["country_code"] = "IT",
    };

    private JsonObject Checkout(DateTimeOffset at) => new()
    {
        ["id"] = 77,
        ["token"] = Mark("token of checkout"),
        ["created_at"] = Payloads.Instant(at),
        ["email"] = Email,
        ["note"] = Mark("note of checkout"),
        ["currency"] = "EUR",
        ["total_price"] = "9.90",
    };

    private JsonObject Customer(DateTimeOffset at) => new()
    {
        ["id"] = 1_004_242,
        ["email"] = Email,
        ["first_name"] = Mark("recordFirst"),
        ["last_name"] = Mark("recordLast"),
        ["note"] = Mark("note on record"),
        ["tags"] = Mark("tag on record"),
        ["updated_at"] = Payloads.Instant(at),
    };

    private JsonObject WooCommerce(DateTimeOffset created)
    {
        var order = JsonNode.Parse(Payloads.WooCommerce(9001, Email, created, created, "completed", created.AddHours(1)))!.AsObject();
        order["customer_note"] = Mark("woo note");
        order["transaction_id"] = Mark("woo transaction");
        order["meta_data"] = new JsonArray(new JsonObject { ["key"] = Mark("woo meta"), ["value"] = Mark("woo meta value") });
        order["line_items"]![0]!["meta_data"] = new JsonArray(new JsonObject { ["key"] = Mark("woo property"), ["value"] = Mark("woo property value") });
        foreach (var field in new[] { "first_name", "last_name", "company", "address_1", "city", "postcode", "phone" })
        {
            order["billing"]![field] = Mark($"woo {field}");
        }

        return order;
    }

    private string Mark(string what)
    {
        typed.Add(what);
        return what;
    }

    private static async Task Accepted(Task<HttpResponseMessage> posted, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var answer = await posted;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, text);
        Assert.DoesNotContain("invalid", text, StringComparison.Ordinal);
    }

    private void AssertNowhere(string dump, string log, string folder)
    {
        // The lock is empty, and held by the host.
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock")
            .Select(f => Encoding.Latin1.GetString(File.ReadAllBytes(f))).ToList();
        // The base64 of a short text is found in any sealed value by chance.
        Assert.Multiple([.. typed.Distinct().SelectMany(text => PrivacyTests.Spellings(text).Where((s, i) => i < 2 || s.Length >= 12), (text, spelling) => (Action)(() =>
        {
            var found = Math.Max(dump.IndexOf(spelling, StringComparison.OrdinalIgnoreCase), 0);
            Assert.True(found == 0, $"{text}: {dump[Math.Max(0, found - 200)..Math.Min(dump.Length, found + 100)]}");
            Assert.DoesNotContain(spelling, log, StringComparison.OrdinalIgnoreCase);
            Assert.All(files, file => Assert.DoesNotContain(spelling, file, StringComparison.OrdinalIgnoreCase));
        }))]);
    }
}
