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

/// <summary>Random histories of orders, objections, opt-ins, records that meet and erasures, through the real store, against the rules alone.</summary>
public sealed class ConsentHistoryTests
{
    // For each of the two settings of the shop.
    private const int Histories = 25, Steps = 16;

    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Start);

    private readonly List<(CustomerId Customer, OrderId Order, string Address)> orders = [];

    private readonly List<string> told = [];

    private ConsentModel model = new(softOptIn: false);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exactly_those_may_be_written_to_whom_the_rules_name(bool softOptIn)
    {
        await using var host = await ApiHost.StartWithShop(clock, settings: new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" }, softOptIn });
        (await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" })).EnsureSuccessStatusCode();
        var (allowed, refused) = (0, 0);
        for (var n = 0; n < Histories; n++)
        {
            (model, var random) = (new(softOptIn), new Random((softOptIn ? 1000 : 0) + n));
            orders.Clear();
            told.Clear();
            for (var step = 0; step < Steps; step++)
            {
                clock.Advance(TimeSpan.FromHours(1));
                await Play(host, random, n, step);
            }

            clock.Advance(TimeSpan.FromDays(8));
            foreach (var (customer, order, address) in orders.Where(o => model.Persons.Contains(o.Customer)).ToList())
            {
                await host.Get<Waker>().WakeCustomer(new(ApiHost.Shop), customer, default);
                var may = model.MayBeWrittenTo(customer, address);
                if (await IsAllowed(host, customer, order) is not { } isAllowed)
                {
                    continue;
                }

                Assert.True(
                    may == isAllowed,
                    $"History {n}: order {order} of {customer} at {address} by the rules: {may}{Environment.NewLine}{string.Join(Environment.NewLine, told)}");
                (allowed, refused) = (allowed + (may ? 1 : 0), refused + (may ? 0 : 1));
            }
        }

        // Both happen often enough for a broken rule to show.
        Assert.True(allowed > Histories / 2 && refused > Histories / 2, $"{allowed} allowed, {refused} refused");
    }

    private async Task Play(ApiHost host, Random random, int n, int step)
    {
        var email = $"{"abc"[random.Next(3)]}{n}@example.com";
        var number = random.Next(3) == 0 ? null : $"{random.Next(3)}-{n}";
        var person = model.Persons.Any() ? model.Persons.Order().ElementAt(random.Next(model.Persons.Count())) : (CustomerId?)null;
        switch (random.Next(16))
        {
            case <= 4:
                await Orders(host, $"{n}.{step}", number, email, isTicked: random.Next(2) == 0, step);
                break;
            case 5:
                await Reports(host, number, email, step, isDetail: true, []);
                break;
            case 6:
                await Reports(host, number, email, step, isDetail: false, [Withdrawn()], (id, _) => model.Objects(id, step));
                break;
            case 7 or 8:
                await Reports(host, number, email, step, isDetail: false, [Given()], (id, _) => model.OptsIn(id, step, email));
                break;
            case 9:
                await Reports(host, null, email, step, isDetail: false, [new SpamReported($"s-{n}.{step}", Channel.Email, clock.GetUtcNow())], (id, _) => model.MarksAsSpam(id, step));
                break;
            case 10 when person is { } p:
                told.Add($"{step}: {p} objects through the API");
                await Says(host, p, given: false);
                model.Objects(p, step);
                break;
            case 11 or 12 when person is { } p:
                told.Add($"{step}: {p} opts in through the API");
                await Says(host, p, given: true);
                model.OptsIn(p, step, named: null);
                break;
            case 13 or 14 when orders.Count > 0:
                var mail = orders[random.Next(orders.Count)];
                told.Add($"{step}: the link of a mail to {mail.Address} of {mail.Customer} is followed");
                await Unsubscribes(host, mail.Customer, mail.Address);
                model.Objects(mail.Customer, step, mail.Address);
                break;
            case 15 when person is { } p:
                told.Add($"{step}: {p} is erased");
                (await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{p}")).EnsureSuccessStatusCode();
                model.Erase(p);
                break;
        }
    }

    private async Task Orders(ApiHost host, string order, string? number, string email, bool isTicked, int step)
    {
        var now = clock.GetUtcNow();
        ICustomerEvent[] facts =
        [
            new OrderPlaced(new(order), order, new(30m, "EUR"), [new(new("lamp"), "L-1", "Lamp", 1, 30m, "lights")], null, now, now),
            new OrderContactGiven(new(order), Personal.Clear(email), Personal.Clear(email), null, null, null, null, null, null, null, now),
            new OrderDelivered(new(order), null, now),
            .. isTicked ? [Given() with { Basis = ConsentBasis.Copied }] : Array.Empty<ICustomerEvent>(),
        ];
        await Reports(host, number, email, step, isDetail: true, facts, (id, _) =>
        {
            orders.Add((id, new(order), email));
            if (isTicked)
                model.HasCopiedFlag(id);
        }, order);
    }

    private async Task Reports(
        ApiHost host, string? number, string email, int step, bool isDetail, ICustomerEvent[] facts, Action<CustomerId, int>? then = null, string? order = null)
    {
        (IdentifierKind, string)[] who =
        [
            .. order is null ? [] : new[] { (IdentifierKind.Order, order) }, .. number is null ? [] : new[] { (IdentifierKind.ShopCustomerId, number) },
            (IdentifierKind.Email, email),
        ];
        ICustomerEvent[] all = isDetail
            ? [new CustomerDetailsLearned(Personal.Clear(email), null, Personal.Clear(number), null, null, null, null, null, null, null, null, clock.GetUtcNow()), .. facts]
            : facts;
        var outcome = await host.Deliver(who, all);
        told.Add($"{step}: {string.Join(' ', who)} {string.Join(' ', facts.Select(f => f.GetType().Name))}: {outcome.Result} {outcome.Customer}");
        if (outcome.Customer is { } id)
        {
            model.Named(id, email, isDetail);
            then?.Invoke(id, step);
        }
    }

    private ConsentGiven Given() => new(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "shopify", null, clock.GetUtcNow());

    // Its own date counts for nothing.
    private ConsentWithdrawn Withdrawn() => new(Channel.Email, Purpose.Marketing, "shopify", clock.GetUtcNow().AddYears(-1));

    private static async Task Says(ApiHost host, CustomerId customer, bool given) =>
        (await host.Put($"api/shops/{ApiHost.Shop}/customers/{customer}/consents", new { channel = "email", purpose = "marketing", given })).EnsureSuccessStatusCode();

    private static async Task Unsubscribes(ApiHost host, CustomerId customer, string address)
    {
        var shop = new ShopId(ApiHost.Shop);
        var hash = Lookup.Of(host.Get<InstallationKeys>(), shop, IdentifierKind.Email, address).Hashes[0];
        var token = host.Get<UnsubscribeLinks>().Token(new(shop.Value, customer.Value, "email", "marketing", hash));
        var answer = await host.Client.PostAsync(new Uri($"u/{token}", UriKind.Relative), new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>What the policy on consent found when the review request was decided last, whatever else held it; none where it was asked with another order.</summary>
    private static async Task<bool?> IsAllowed(ApiHost host, CustomerId customer, OrderId order)
    {
        var state = (await host.Get<CustomerDirectory>().Find(new(ApiHost.Shop), customer, StateQuery.Everything, default))!;
        var followUp = state.FollowUps.Single(f => f.Value.Cadence == "post-sale" && f.Value.Order == order).Key;
        var checks = await host.Get<IEventStore>().Read(new(ApiHost.Shop), [CustomerStream.Of(customer)], AsOf.Now, default).Select(r => r.Event switch
        {
            StepSkipped { Step: "review-request" } x when x.FollowUp == followUp => x.Checks,
            StepHeld { Step: "review-request" } x when x.FollowUp == followUp => x.Checks,
            MessageQueued { Step: "review-request" } x when x.FollowUp == followUp => x.Checks,
            _ => null,
        }).Select(c => c?.SingleOrDefault(check => check.Policy == "consent")?.Passed).Where(passed => passed is not null).ToListAsync();
        return checks.LastOrDefault();
    }
}
