using System.Net;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Domain.Offers;
using Cx.FunctionApp.FollowUps;
using Cx.FunctionApp.Tests.FollowUps;
using Cx.Tests.EndToEnd;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>Both hosts stand on the same tables: what one began goes on in the other, and nothing is done twice.</summary>
public sealed class MovingDatabaseTests
{
    [Fact]
    public async Task A_database_of_the_Standalone_host_goes_on_in_the_Function_app_and_back()
    {
        var database = await Database.Prepared();
        var placed = DateTimeOffset.UtcNow.AddHours(-2);
        var (first, second, third) = (Payloads.Order(1, "ada@example.com", placed), Payloads.Order(2, "grace@example.com", placed), Payloads.Order(3, "ada@example.com", placed, customer: 1_000_001));
        string ada;

        // Sending is off: what is due waits for the next host.
        await using (var standalone = await Installation.Start(database))
        {
            using var shop = await standalone.Open("moving", sending: "off");
            await Applied(shop, "d-1", first);
            ada = await shop.PathOf("ada@example.com");
            await standalone.Services.GetRequiredService<LogDaemon>().CatchUp(default, default);
            Assert.Equal(1, await Buyers(standalone.Services));
        }

        await using (var worker = await PlayedWorker.Start(PlayedWorker.Settings(database)))
        {
            using var shop = new Shop(worker.Address, "moving");
            await using var hub = await TaskHub.Start(timer => ActivatorUtilities.CreateInstance<WakeFollowUp>(worker.Services).Run(timer, default));
            await Repeated(shop, "d-1", first);
            Assert.Equal(ada, await shop.PathOf("ada@example.com"));
            await shop.Put("/sending", new { sending = "on" });
            var catchUp = worker.Services.GetRequiredService<CatchUp>();
            await catchUp.Run(hub, default);
            await hub.Woken(1);
            await catchUp.Run(hub, default);
            Assert.Single(await shop.All("/messages?state=accepted"));

            await Applied(shop, "d-2", second);
            await Applied(shop, "d-3", third);
        }

        await using (var standalone = await Installation.Start(database))
        {
            using var shop = new Shop(standalone.Address, "moving");
            await Repeated(shop, "d-1", first);
            await Repeated(shop, "d-2", second);
            await standalone.Services.GetRequiredService<LogDaemon>().CatchUp(default, default);
            Assert.Equal(2, await Buyers(standalone.Services));

            await shop.Advance("PT1M");
            Assert.Equal(3, (await shop.All("/messages?state=accepted")).Select(m => (string)m["id"]!).Distinct().Count());
            Assert.Equal((3, 2), await standalone.Tables.Events(shop.Name, "order-placed.v1"));
            Assert.Equal(2, (await shop.All($"{ada}/touchpoints")).Count(e => (string)e["type"]! == "order-placed.v1"));
        }
    }

    private static async Task<long> Buyers(IServiceProvider services) =>
        (await services.GetRequiredService<ViewReader>().Find<Item>(AffinityView.ViewName, new ShopId("moving"), [AffinityKeys.Item(new("77"))], default)).Values.Single().Buyers;

    private static Task Applied(Shop shop, string id, string order) => Answered(shop, id, order, "applied");

    private static Task Repeated(Shop shop, string id, string order) => Answered(shop, id, order, "duplicate");

    private static async Task Answered(Shop shop, string id, string order, string status)
    {
        var answer = await shop.Shopify("orders/create", id, order);
        Assert.Equal((HttpStatusCode.OK, status), (answer.StatusCode, (string)(await answer.Json())["status"]!));
    }
}
