using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Templates;

/// <summary>A request about several orders, of which some, all or none are picked up in the shop.</summary>
public sealed class PickUpTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(true, true, "Il tuo ordine {0} era pronto da ritirare in negozio.")]
    [InlineData(true, false, "Qualche tempo fa hai ordinato da noi {0}.")]
    [InlineData(false, true, "Qualche tempo fa hai ordinato da noi {0}.")]
    [InlineData(false, false, "Il tuo ordine {0} dovrebbe essere arrivato.")]
    public async Task The_request_says_what_is_true_of_all_its_orders(bool first, bool second, string said)
    {
        var clock = new HandClock(Now);
        await using var host = await ApiHost.StartWithShop(clock, settings: new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" }, softOptIn = true });
        (await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" })).EnsureSuccessStatusCode();
        await Buys(host, "1", first);
        var customer = await Buys(host, "2", second);
        clock.Advance(TimeSpan.FromDays(8));
        await host.Get<Waker>().WakeCustomer(new(ApiHost.Shop), customer, default);

        var request = (await host.Read($"api/shops/{ApiHost.Shop}/messages"))["items"]!.AsArray().Single(m => (string)m!["step"]! == "review-request")!;
        var message = await host.Read($"api/shops/{ApiHost.Shop}/messages/{request["id"]}");

        var text = ((string)message["written"]!["text"]!).Replace("O-2, O-1", "O-1, O-2", StringComparison.Ordinal);
        Assert.Contains(said.Replace("{0}", "O-1, O-2", StringComparison.Ordinal), text, StringComparison.Ordinal);
    }

    private static Task<CustomerId> Buys(ApiHost host, string order, bool forPickUp)
    {
        var at = Now.AddHours(-1);
        return host.Report(
            [(IdentifierKind.Order, order), (IdentifierKind.Email, "ada@example.com")],
            [
                new CustomerDetailsLearned(Personal.Clear("ada@example.com"), null, null, null, null, null, null, null, null, null, null, at),
                new OrderPlaced(new(order), $"O-{order}", new(30m, "EUR"), [new(new($"p{order}"), null, "Lamp", 1, 30m, null)], null, at, at),
                new OrderContactGiven(new(order), Personal.Clear("ada@example.com"), null, null, null, null, null, null, null, null, at) { ForPickUp = forPickUp ? true : null },
                new OrderDelivered(new(order), null, at),
            ]);
    }
}
