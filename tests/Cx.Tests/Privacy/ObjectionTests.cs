using System.Net;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;

namespace Cx.Tests.Privacy;

/// <summary>An objection belongs to the address as well as to the person, and counts from its arrival.</summary>
public sealed class ObjectionTests
{
    private const string Shared = "shared@example.com";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Now);

    [Fact]
    public async Task What_goes_to_an_address_that_objected_is_not_written_whichever_record_has_it()
    {
        await using var host = await Host();
        var first = await Buys(host, "1", Shared, "c-1");
        var second = await Buys(host, "2", "second@example.com", "c-2");
        await host.Report([(IdentifierKind.ShopCustomerId, "c-2")], [Details(Shared, "c-2", Now.AddHours(1))]);
        clock.Advance(TimeSpan.FromDays(8));

        await Unsubscribe(host, second, Shared);
        await Wake(host, first, second);

        Assert.All([first, second], customer => Assert.Contains("skipped", StepOf(host, customer).GetAwaiter().GetResult(), StringComparison.Ordinal));
        Assert.Contains("barred", await Evidence(host, first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_objection_after_the_decision_withdraws_the_message_of_another_record_before_its_attempt()
    {
        await using var host = await Host();
        var first = await Buys(host, "1", Shared, "c-1");
        var second = await Buys(host, "2", "second@example.com", "c-2");
        clock.Advance(TimeSpan.FromDays(8));
        await Wake(host, first);
        Assert.Equal("queued", await StepOf(host, first));

        await Unsubscribe(host, second, Shared);
        var outcome = await Claim(host, first);

        Assert.Equal(Reason.Objected, Assert.Single(outcome.Events.OfType<MessageWithdrawn>()).Reason);
    }

    [Theory]
    [InlineData(ConsentBasis.OptIn, true)]
    [InlineData(ConsentBasis.Copied, false)]
    public async Task Only_an_explicit_consent_lifts_what_an_address_objected_to(ConsentBasis basis, bool lifts)
    {
        await using var host = await Host();
        var customer = await Buys(host, "1", Shared, "c-1");
        await Unsubscribe(host, customer, Shared);
        clock.Advance(TimeSpan.FromHours(1));

        await host.Report([(IdentifierKind.Email, Shared)], [new ConsentGiven(Channel.Email, Purpose.Marketing, basis, "shopify", null, clock.GetUtcNow())]);

        clock.Advance(TimeSpan.FromDays(8));
        await Wake(host, customer);
        Assert.Equal(lifts ? "queued" : "skipped", await StepOf(host, customer));
        Assert.Equal(lifts ? 0L : 1L, await host.Database.CreateCommand("select count(*) from cx_suppressions").ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_consent_for_one_address_lifts_nothing_from_another()
    {
        await using var host = await Host();
        var customer = await Buys(host, "1", Shared, "c-1");
        await host.Report([(IdentifierKind.ShopCustomerId, "c-1"), (IdentifierKind.Email, "new@example.com")], []);
        await Unsubscribe(host, customer, Shared);
        clock.Advance(TimeSpan.FromHours(1));

        await host.Report([(IdentifierKind.Email, "new@example.com")], [new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", null, clock.GetUtcNow())]);

        clock.Advance(TimeSpan.FromDays(8));
        await Wake(host, customer);
        Assert.Equal("skipped", await StepOf(host, customer));
    }

    [Fact]
    public async Task A_consent_dated_ahead_does_not_outlive_an_objection()
    {
        await using var host = await Host();
        var customer = await Buys(host, "1", Shared, "c-1");
        await host.Report([(IdentifierKind.Email, Shared)], [new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", null, Now.AddHours(20))]);

        var answer = await host.Put($"api/shops/{ApiHost.Shop}/customers/{customer}/consents", new { channel = "email", purpose = "marketing", given = false });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"given\":false", (await answer.Content.ReadAsStringAsync()).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_objection_counts_from_its_arrival_however_it_is_dated()
    {
        await using var host = await Host();
        var customer = await Buys(host, "1", Shared, "c-1");
        await host.Report([(IdentifierKind.Email, Shared)], [new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", null, Now)]);

        await host.Report([(IdentifierKind.Email, Shared)], [new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "api", Now.AddYears(-1))]);

        Assert.False((await State(host, customer)).Consents[ConsentKey.Of(Channel.Email, Purpose.Marketing)].Given);
    }

    [Fact]
    public async Task Marking_as_spam_bars_the_address_for_other_records()
    {
        await using var host = await Host();
        await Buys(host, "1", Shared, "c-1");
        await host.Report([(IdentifierKind.Email, Shared)], [new SpamReported("s-1", Channel.Email, Now)]);

        var other = await host.Report([(IdentifierKind.ShopCustomerId, "c-2"), (IdentifierKind.Email, "second@example.com")], Order("2", "second@example.com", "c-2"));
        await host.Report([(IdentifierKind.ShopCustomerId, "c-2")], [Details(Shared, "c-2", Now.AddHours(1))]);
        clock.Advance(TimeSpan.FromDays(8));
        await Wake(host, other);

        Assert.Equal("skipped", await StepOf(host, other));
    }

    [Fact]
    public async Task A_link_works_after_the_erasure_and_keeps_the_address_barred_for_its_purpose()
    {
        await using var host = await Host();
        var customer = await Buys(host, "1", Shared, "c-1");
        await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{customer}");

        await Unsubscribe(host, customer, Shared);
        var back = await Buys(host, "2", Shared, "c-9");

        clock.Advance(TimeSpan.FromDays(8));
        await Wake(host, back);
        Assert.Equal("skipped", await StepOf(host, back));
    }

    [Fact]
    public async Task An_objection_to_service_survives_the_erasure_too()
    {
        await using var host = await Host();
        var customer = await Buys(host, "1", Shared, "c-1");
        await host.Report([(IdentifierKind.Email, Shared)], [new ConsentWithdrawn(Channel.Email, Purpose.Service, "api", Now)]);
        await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{customer}");

        var back = await Buys(host, "2", Shared, "c-9");

        Assert.False((await State(host, back)).Consents[ConsentKey.Of(Channel.Email, Purpose.Service)].Given);
    }

    private async Task<ApiHost> Host()
    {
        var host = await ApiHost.StartWithShop(clock, settings: new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" }, softOptIn = true });
        (await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" })).EnsureSuccessStatusCode();
        return host;
    }

    private static Task<CustomerId> Buys(ApiHost host, string order, string email, string shopCustomerId) =>
        host.Report([(IdentifierKind.Order, order), (IdentifierKind.ShopCustomerId, shopCustomerId), (IdentifierKind.Email, email)], Order(order, email, shopCustomerId));

    private static ICustomerEvent[] Order(string order, string email, string shopCustomerId)
    {
        var at = Now;
        return
        [
            Details(email, shopCustomerId, at),
            new OrderPlaced(new(order), order, new(30m, "EUR"), [new(new("lamp"), "L-1", "Lamp", 1, 30m, "lights")], null, at, at),
            new OrderDelivered(new(order), null, at),
        ];
    }

    private static CustomerDetailsLearned Details(string email, string shopCustomerId, DateTimeOffset at) =>
        new(Personal.Clear(email), null, Personal.Clear(shopCustomerId), null, null, null, null, null, null, null, null, at);

    private static async Task Unsubscribe(ApiHost host, CustomerId customer, string address)
    {
        var keys = host.Get<InstallationKeys>();
        var shop = new ShopId(ApiHost.Shop);
        var hash = Lookup.Of(keys, shop, IdentifierKind.Email, address).Hashes[0];
        var token = host.Get<UnsubscribeLinks>().Token(new(shop.Value, customer.Value, "email", "marketing", hash));
        var answer = await host.Client.PostAsync(new Uri($"u/{token}", UriKind.Relative), new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task Wake(ApiHost host, params CustomerId[] customers)
    {
        foreach (var customer in customers)
        {
            await host.Get<Waker>().WakeCustomer(new(ApiHost.Shop), customer, default);
        }
    }

    private static async Task<Customer> State(ApiHost host, CustomerId customer) =>
        (await host.Get<CustomerDirectory>().Find(new(ApiHost.Shop), customer, StateQuery.Everything, default))!;

    private static async Task<string> StepOf(ApiHost host, CustomerId customer) =>
        (await State(host, customer)).FollowUps.Values.Single(f => f.Cadence == "post-sale").StepOf("review-request").Status.ToString().ToLowerInvariant();

    private static async Task<string> Evidence(ApiHost host, CustomerId customer)
    {
        var evidence = "";
        await foreach (var recorded in host.Get<IEventStore>().Read(new(ApiHost.Shop), [CustomerStream.Of(customer)], AsOf.Now, default))
        {
            evidence += recorded.Event is StepSkipped { Step: "review-request" } skipped ? string.Join(' ', skipped.Checks.Select(c => c.Evidence)) : "";
        }

        return evidence;
    }

    private static async Task<Outcome> Claim(ApiHost host, CustomerId customer)
    {
        var message = (await State(host, customer)).Messages.Single(m => m.Value.Step == "review-request").Key;
        return await host.Get<IEventStore>().Transact(
            new(ApiHost.Shop), new CustomerRef.ById(customer), new Command("send", "send", "outbox") { Reads = StateQuery.Of(message), ReadsBarred = true },
            (c, s) => MessageDecisions.Claim(c, s, message, "smtp", resendable: false), default);
    }
}
