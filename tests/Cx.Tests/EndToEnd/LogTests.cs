using System.Net;
using Cx.Tests.Support;
using SmtpServer.Protocol;

namespace Cx.Tests.EndToEnd;

/// <summary>A host logs no personal value.</summary>
public sealed class LogTests
{
    [Fact]
    public async Task No_personal_value_and_no_secret_is_printed_in_a_whole_run()
    {
        var database = await Database.Prepared();
        using var folder = TestFolder.Create();
        await using var smtp = MailServer.Start();
        const string Email = "hildegarda@logged.example";
        await using var host = await HostProcess.Start([.. Installation.Arguments(database, folder.Data.Path, smtp), "--Logging:LogLevel:Default", "Trace"]);
        using var shop = await Shop.Open(host.Address, "logged", "on");
        var now = await shop.Now();
        await FollowUpTests.Deliver(shop, Email, 61);
        await shop.Shopify("orders/create", "forged", Payloads.Order(62, Email, now), "not-the-secret");
        await shop.Shopify("orders/create", "failed", Payloads.Order(63, Email, now).Replace("Desk lamp", "Desk\\u0000lamp", StringComparison.Ordinal));
        await shop.Touchpoints("batch", new[] { Payloads.Touchpoint("x", "nothing", now, Email), Payloads.Touchpoint("v", "visit", now, Email) });
        await shop.Advance("P8D");
        var path = await shop.PathOf(Email);
        await shop.Get($"{path}/export");
        smtp.NoToRecipient = new(SmtpReplyCode.MailboxUnavailable, $"5.1.1 {Email} is unknown here");
        await shop.Advance("P30D");
        await using (var tables = new Tables(database))
        {
            await tables.Run("alter table cx_deliveries add column broken int not null check (broken = 1) default 1; alter table cx_deliveries alter column broken set default 2");
            var broken = await shop.Touchpoints("bug", Payloads.Touchpoint("w", "visit", now, Email));
            Assert.Equal(HttpStatusCode.InternalServerError, broken.StatusCode);
            await host.Line("failed");
        }

        Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync(shop.Path + path)).StatusCode);
        await host.Kill();

        Assert.Contains("shopify", host.Output, StringComparison.Ordinal);
        Assert.All(
            [Email, "Lovelace", Installation.AdminKey, Installation.MasterKey, Shop.ShopifySecret, "Desk lamp"],
            text => Assert.DoesNotContain(text, host.Output, StringComparison.OrdinalIgnoreCase));
    }
}
