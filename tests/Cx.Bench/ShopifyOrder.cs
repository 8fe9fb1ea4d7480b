using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cx.Bench;

/// <summary>A Shopify order of 15 KB as it comes over the wire: about 20 lines of an order, prices in two currencies, taxes, addresses.</summary>
internal sealed class ShopifyOrder(string secret)
{
    private const long FirstOrder = 820_982_911_946_000_000;

    // Of today: an old order leads to no message.
    private static readonly string PlacedAt = DateTimeOffset.UtcNow.AddMinutes(-1).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    private readonly byte[] key = Encoding.UTF8.GetBytes(secret);

    /// <summary>The whole request: head, signature, body.</summary>
    public byte[] Request(string host, string shop, int number)
    {
        var body = Body(number);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(key, body));
        var head = string.Create(CultureInfo.InvariantCulture, $"""
            POST /api/shops/{shop}/webhooks/shopify HTTP/1.1
            Host: {host}
            Content-Type: application/json
            X-Shopify-Topic: orders/create
            X-Shopify-Shop-Domain: bench.myshopify.com
            X-Shopify-Webhook-Id: b54557e4-bdd9-4b37-8a5f-{number:x12}
            X-Shopify-Hmac-SHA256: {signature}
            Content-Length: {body.Length}


            """).ReplaceLineEndings("\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    public static byte[] Body(int number)
    {
        var text = new StringBuilder(16_000);
        var id = FirstOrder + number;
        text.Append(CultureInfo.InvariantCulture, $$$"""
            {"id":{{{id}}},"admin_graphql_api_id":"gid://shopify/Order/{{{id}}}","browser_ip":null,"buyer_accepts_marketing":true,"cancel_reason":null,"cancelled_at":null,
            "contact_email":"buyer{{{number}}}@example.com","created_at":"{{{PlacedAt}}}","currency":"EUR","customer_locale":"it-IT","email":"buyer{{{number}}}@example.com",
            "financial_status":"paid","fulfillment_status":null,"name":"#{{{number}}}","number":{{{number}}},"order_number":{{{number}}},"phone":null,"processed_at":"{{{PlacedAt}}}",
            "subtotal_price":"404.95","total_price":"404.95","total_discounts":"0.00","updated_at":"{{{PlacedAt}}}","test":false,"tags":"","note":null,
            "customer":{"id":{{{70_640_550_693_000_000 + number}}},"email":"buyer{{{number}}}@example.com","first_name":"Buyer","last_name":"Number {{{number}}}","phone":null,"verified_email":true,
            "default_address":{"first_name":"Buyer","last_name":"Number {{{number}}}","address1":"Via Roma {{{number % 100}}}","city":"Torino","country":"Italy","country_code":"IT","zip":"10100"}},
            "billing_address":{"first_name":"Buyer","last_name":"Number {{{number}}}","address1":"Via Roma {{{number % 100}}}","city":"Torino","country":"Italy","country_code":"IT","zip":"10100"},
            "fulfillments":[],"refunds":[],"discount_codes":[],"line_items":[
            """);
        for (var line = 0; line < 12; line++)
        {
            var product = 1 + ((number + (line * 37)) % 500);
            text.Append(line == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $$$"""
                {"id":{{{466_157_049 + line}}},"admin_graphql_api_id":"gid://shopify/LineItem/{{{466_157_049 + line}}}","current_quantity":1,"fulfillable_quantity":1,"fulfillment_service":"manual",
                "fulfillment_status":null,"gift_card":false,"grams":200,"name":"Product {{{product}}} - blue / M","price":"33.75","price_set":{"shop_money":{"amount":"33.75","currency_code":"EUR"},
                "presentment_money":{"amount":"33.75","currency_code":"EUR"}},"product_exists":true,"product_id":{{{632_910_392 + product}}},"properties":[],"quantity":1,"requires_shipping":true,
                "sku":"SKU-{{{product}}}","taxable":true,"title":"Product {{{product}}}","total_discount":"0.00","total_discount_set":{"shop_money":{"amount":"0.00","currency_code":"EUR"},
                "presentment_money":{"amount":"0.00","currency_code":"EUR"}},"variant_id":{{{808_950_810 + product}}},"variant_inventory_management":"shopify","variant_title":"blue / M","vendor":"Bench",
                "tax_lines":[{"channel_liable":null,"price":"6.08","price_set":{"shop_money":{"amount":"6.08","currency_code":"EUR"},"presentment_money":{"amount":"6.08","currency_code":"EUR"}},
                "rate":0.22,"title":"IVA"}],"duties":[],"discount_allocations":[]}
                """);
        }

        text.Append("],\"note_attributes\":[").AppendJoin(',', Enumerable.Range(0, 8).Select(i => $"{{\"name\":\"attribute-{i}\",\"value\":\"{new string((char)('a' + i), 40)}\"}}")).Append("]}");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
