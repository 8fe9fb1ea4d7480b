using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;

namespace Cx.Tests.Privacy;

/// <summary>An address that refused mail for good is refused in the whole shop, until somebody gives it anew.</summary>
public sealed class RefusedAddressTests : IAsyncLifetime
{
    private const string Shared = "shared@example.com";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Now);

    private ApiHost host = null!;

    public async Task InitializeAsync()
    {
        host = await ApiHost.StartWithShop(clock, settings: new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" }, softOptIn = true });
        (await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" })).EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task A_refusal_under_one_record_holds_for_every_record_that_has_the_address()
    {
        var (first, second) = await TwoWithOneAddress();
        await Bounced();

        await EightDaysLater(first, second);

        Assert.Equal([Reason.AddressRefused, Reason.AddressRefused], [await RequestOf(first), await RequestOf(second)]);
        Assert.Single((await State(first)).RefusedAddresses);
        Assert.Empty((await State(second)).RefusedAddresses);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(-1, false)]
    public async Task Given_anew_under_one_record_it_is_written_to_under_all_and_an_older_statement_is_none(int hours, bool isWritten)
    {
        var (first, second) = await TwoWithOneAddress();
        await Bounced();
        clock.Advance(TimeSpan.FromHours(2));
        await host.Report([(IdentifierKind.Email, Shared)], [Details(Shared, "c-1", Now.AddHours(hours))]);

        await EightDaysLater(first, second);

        Assert.Equal(isWritten, await RequestOf(first) is null);
        Assert.Equal(isWritten, await RequestOf(second) is null);
    }

    [Fact]
    public async Task Refused_again_after_it_was_given_anew_it_is_refused_everywhere()
    {
        var (first, second) = await TwoWithOneAddress();
        await Bounced();
        clock.Advance(TimeSpan.FromHours(2));
        await host.Report([(IdentifierKind.Email, Shared)], [Details(Shared, "c-1", Now.AddHours(1))]);
        await Bounced();

        await EightDaysLater(first, second);

        Assert.Equal([Reason.AddressRefused, Reason.AddressRefused], [await RequestOf(first), await RequestOf(second)]);
    }

    [Fact]
    public async Task An_order_placed_since_with_the_address_gives_it_anew()
    {
        var (first, second) = await TwoWithOneAddress();
        await Bounced();
        clock.Advance(TimeSpan.FromHours(2));
        var at = clock.GetUtcNow();
        await host.Report(
            [(IdentifierKind.Order, "3"), (IdentifierKind.ShopCustomerId, "c-3"), (IdentifierKind.Email, Shared)],
            [
                new OrderPlaced(new("3"), "3", new(30m, "EUR"), [], null, at, at),
                new OrderContactGiven(new("3"), Personal.Clear(Shared), null, null, null, null, null, null, null, null, at),
            ]);

        await EightDaysLater(first, second);

        Assert.Null(await RequestOf(second));
    }

    [Fact]
    public async Task Nothing_of_it_is_left_of_an_erased_customer()
    {
        var (first, _) = await TwoWithOneAddress();
        await Bounced();

        (await host.Client.DeleteAsync(new Uri($"api/shops/{ApiHost.Shop}/customers/{first}", UriKind.Relative))).EnsureSuccessStatusCode();

        Assert.Equal(0L, await host.Database.CreateCommand("select count(*) from cx_suppressions").ExecuteScalarAsync());
    }

    // The second record learned the address later; the identifier leads to the first.
    private async Task<(CustomerId First, CustomerId Second)> TwoWithOneAddress()
    {
        var first = await Buys("1", Shared, "c-1");
        var second = await Buys("2", "second@example.com", "c-2");
        await host.Report([(IdentifierKind.ShopCustomerId, "c-2")], [Details(Shared, "c-2", Now.AddMinutes(-1))]);
        return (first, second);
    }

    private Task<CustomerId> Buys(string order, string email, string shopCustomerId)
    {
        var at = Now.AddHours(-1);
        return host.Report(
            [(IdentifierKind.Order, order), (IdentifierKind.ShopCustomerId, shopCustomerId), (IdentifierKind.Email, email)],
            [
                Details(email, shopCustomerId, at), new OrderPlaced(new(order), order, new(30m, "EUR"), [new(new("lamp"), "L-1", "Lamp", 1, 30m, "lights")], null, at, at),
                new OrderDelivered(new(order), null, at),
            ]);
    }

    private Task Bounced() =>
        host.Report([(IdentifierKind.Email, Shared)], [new AddressRefused(Channel.Email, Personal.Clear(Shared)!, "reported as a bounce", clock.GetUtcNow())]);

    private async Task EightDaysLater(params CustomerId[] customers)
    {
        clock.Advance(TimeSpan.FromDays(8));
        foreach (var customer in customers)
        {
            await host.Get<Waker>().WakeCustomer(new(ApiHost.Shop), customer, default);
        }
    }

    private async Task<Customer> State(CustomerId customer) => (await host.Get<CustomerDirectory>().Find(new(ApiHost.Shop), customer, StateQuery.Everything, default))!;

    private async Task<Reason?> RequestOf(CustomerId customer) =>
        (await State(customer)).FollowUps.Values.Single(f => f.Cadence == "post-sale").StepOf("review-request") switch
        {
            { Status: StepStatus.Queued } => null,
            { Status: StepStatus.Skipped } skipped => skipped.Reason,
            var other => throw new InvalidOperationException($"The request is {other.Status}: {other.Reason}."),
        };

    private static CustomerDetailsLearned Details(string email, string shopCustomerId, DateTimeOffset at) =>
        new(Personal.Clear(email), null, Personal.Clear(shopCustomerId), null, null, null, null, null, null, null, null, at);
}
