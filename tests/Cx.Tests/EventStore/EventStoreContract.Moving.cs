using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>An order goes to the customer whom the latest statement names.</summary>
public abstract partial class EventStoreContract
{
    [Fact]
    public async Task An_order_moves_to_the_customer_whom_a_later_statement_names_and_nobodys_details_change_hands()
    {
        var ada = (await Says("d1", "1", "ada@example.com", hour: 0)).Customer!.Value;
        await Rig.Deliver("d2", [Rig.Order("o1")], [Delivered("o1")]);

        var moved = await Says("d3", "2", "bea@example.com", hour: 1);

        var bea = moved.Customer!.Value;
        var (former, present) = (await Rig.Customer(ada), await Rig.Customer(bea));
        Assert.Empty(former.Orders);
        Assert.Equal((0, Relation.Prospect, 1, Relation.Buyer), (former.OrdersTaken, former.Relation, present.OrdersTaken, present.Relation));
        Assert.Equal(Monday.AddDays(3), present.Orders[new("o1")].DeliveredAt());
        Assert.Equal(("ada@example.com", "1"), await Named(ada));
        Assert.Equal(("bea@example.com", "2"), await Named(bea));
        Assert.Equal(("bea@example.com", "bea@example.com"), (await Open(bea, present.Orders[new("o1")].Contact!.Email), await Open(bea, present.Orders[new("o1")].Contact!.OwnEmail)));
        Assert.Equal(1, await Rig.Count($"cx_identifiers where kind = 0 and customer = '{bea}'"));
        Assert.Equal(0, await Rig.Count($"cx_states where customer = '{ada}' and kind = 1"));
        Assert.Equal(bea, (await Rig.Deliver("d4", [Rig.Order("o1")], [new OrderCancelled(new("o1"), Canceller.Shop, Monday.AddDays(4))])).Customer);
        Assert.Equal((2, 2), (await Rig.Count($"cx_archive where customer = '{ada}' and others is null"), await Rig.Count($"cx_archive where customer = '{bea}' and others is null")));
        await SameWhenRebuilt(ada, bea);
    }

    [Fact]
    public async Task The_follow_ups_about_an_order_end_where_it_leaves_and_start_anew_where_it_arrives()
    {
        var ada = (await Says("d1", "1", "ada@example.com", hour: 0)).Customer!.Value;
        await Rig.Deliver("d2", [Rig.Order("o2"), Rig.Number("1")], [Placed("o2", -1)], decide: Recording.Of([Placed("o2", -1)]));

        var moved = await Says("d3", "2", "bea@example.com", hour: 1);

        var former = await Rig.Customer(ada);
        var ended = former.FollowUps.Values.Single(f => f.Order == new OrderId("o1"));
        Assert.Equal(Reason.OrderReassigned, ended.EndedFor);
        Assert.All(ended.Steps.Values, s => Assert.Equal((StepStatus.Skipped, Reason.OrderReassigned), (s.Status, s.Reason)));
        Assert.True(former.FollowUps.Values.Single(f => f.Order == new OrderId("o2")).IsRunning);
        Assert.True((await Rig.Customer(moved.Customer!.Value)).FollowUps.Values.Single().IsRunning);

        await Says("d4", "1", "ada@example.com", hour: 2);
        Assert.Equal([false, true], (await Rig.Customer(ada)).FollowUps.Values.Where(f => f.Order == new OrderId("o1")).Select(f => f.IsRunning).Order());
        await SameWhenRebuilt(ada, moved.Customer.Value);
    }

    [Fact]
    public async Task What_was_written_about_an_order_is_not_repeated_to_that_address_wherever_the_order_goes()
    {
        await Rig.Store.Update<Shop>(Rig.Shop, "shop", _ => [new SendingSwitched(Sending.On, StoreRig.Start)], default);
        var ada = (await Says("d1", "1", "shared@example.com", hour: 0)).Customer!.Value;
        await Wake();
        var message = (await Rig.Customer(ada)).Messages.Single().Key;
        await Attempt(ada, message);

        var bea = (await Says("d2", "2", "shared@example.com", hour: 1)).Customer!.Value;
        await Wake();
        var carl = (await Says("d3", "3", "carl@example.com", hour: 2)).Customer!.Value;
        await Wake();
        await Says("d4", "1", "shared@example.com", hour: 3);
        await Wake();

        Assert.Equal([Reason.AlreadyReceived], (await Rig.Stream(bea)).Select(r => r.Event).OfType<StepSkipped>().Where(s => s.Step == "thank-you").Select(s => s.Reason));
        Assert.Contains("got this step", (await Rig.Stream(bea)).Select(r => r.Event).OfType<StepSkipped>().First(s => s.Step == "thank-you").Checks.Single(c => c.Policy == "order").Evidence, StringComparison.Ordinal);
        Assert.Single((await Rig.Customer(carl)).Messages);
        Assert.Single((await Rig.Customer(ada)).Messages);
        Assert.Equal(2, (await Rig.Stream(ada)).Select(r => r.Event).OfType<StepSkipped>().Count(s => s.Step == "thank-you" && s.Reason is Reason.AlreadyReceived) + (await Rig.Customer(bea)).FollowUps.Count);
    }

    [Fact]
    public async Task In_any_order_of_arrival_the_latest_statement_decides_whose_an_order_is()
    {
        (string Number, int Hour)[] statements = [("1", 0), ("2", 1), ("1", 2), ("3", 2)];
        var ends = new HashSet<string>();
        foreach (var (n, arrival) in Permutations([0, 1, 2, 3]).Index())
        {
            foreach (var i in arrival)
            {
                var (number, hour) = statements[i];
                await Says($"{n}/{i}", $"{number}~{n}", $"{number}~{n}@example.com", hour, order: $"o~{n}", total: 10 + hour);
                if (i == 3)
                {
                    await Rig.Deliver($"{n}/paid", [Rig.Order($"o~{n}")], [new OrderPaid(new($"o~{n}"), Monday)]);
                }
            }

            var persons = new List<string>();
            foreach (var number in new[] { "1", "2", "3" })
            {
                var person = (await Rig.Deliver($"{n}/find {number}", [Rig.Number($"{number}~{n}")], [])).Customer!.Value;
                var state = await Rig.Customer(person);
                var orders = state.Orders.Values.Select(o => o with { Moved = null, Buyer = null, Contact = o.Contact is { } c ? c with { Email = null, OwnEmail = null } : null });
                persons.Add($"{number}: {await Named(person) == ($"{number}~{n}@example.com", $"{number}~{n}")} {state.OrdersTaken} {state.Relation} {JsonSerializer.Serialize(orders, EventCatalog.Json)}".Replace($"~{n}", "", StringComparison.Ordinal));
            }

            // The two statements of the last instant are told apart by the numbers' hashes, which differ each time.
            var last = string.CompareOrdinal(HashOf($"1~{n}"), HashOf($"3~{n}")) > 0 ? 0 : 2;
            ends.Add(string.Join('\n', persons[last][3..], persons[1], persons[2 - last][3..]));
        }

        Assert.Single(ends);
    }

    [Fact]
    public async Task An_older_statement_moves_nothing_and_tells_the_person_whom_it_names_apart()
    {
        var bea = (await Says("d1", "2", "bea@example.com", hour: 1, total: 20)).Customer!.Value;

        var late = await Says("d2", "1", "ada@example.com", hour: 0, total: 10);

        Assert.NotEqual(bea, late.Customer);
        Assert.Equal(("ada@example.com", "1"), await Named(late.Customer!.Value));
        Assert.Empty((await Rig.Customer(late.Customer.Value)).Orders);
        var order = (await Rig.Customer(bea)).Orders[new("o1")];
        Assert.Equal((20m, "bea@example.com"), (order.Total!.Value.Amount, await Open(bea, order.Contact!.Email)));
        Assert.Equal(1, await Rig.Count($"cx_archive where customer = '{late.Customer}' and others is null"));
        Assert.Equal(TransactResult.Duplicate, (await Says("d2", "1", "ada@example.com", hour: 0, total: 10)).Result);
    }

    [Fact]
    public async Task A_number_that_nobody_has_joins_no_record_that_has_another_of_the_same_system()
    {
        var ada = (await Says("d1", "1", "ada@example.com", hour: 0)).Customer!.Value;
        var guest = (await Rig.Deliver("d2", [Rig.Email("guest@example.com")], [Placed("o2")])).Customer!.Value;

        var other = await Says("d3", "2", "ada@example.com", hour: 1, order: "o3");
        var account = await Says("d4", "3", "guest@example.com", hour: 1, order: "o4");
        var elsewhere = await Says("d5", "4", "ada@example.com", hour: 1, order: "o5", source: "another-platform");

        Assert.NotEqual(ada, other.Customer);
        Assert.Contains(other.Events, e => e is IdentityConflictFound x && x.Other == ada && x.By == IdentifierKind.Email);
        Assert.Equal(guest, account.Customer);
        Assert.Equal(ada, elsewhere.Customer);
    }

    [Fact]
    public async Task What_names_an_erased_person_gives_them_no_order_and_nothing_of_them_is_kept()
    {
        var ada = (await Says("d1", "1", "ada@example.com", hour: 0)).Customer!.Value;
        var bea = (await Says("d2", "2", "bea@example.com", hour: 0, order: "o2")).Customer!.Value;
        await Rig.Command(bea, Just(Erased()));

        var news = await Says("d3", "2", "bea@example.com", hour: 1);

        Assert.Equal(ada, news.Customer);
        Assert.Single((await Rig.Customer(ada)).Orders);
        Assert.Equal(("ada@example.com", "1"), await Named(ada));
        Assert.Equal(2, await Rig.Count("cx_customers"));
        Assert.Equal(0, await Rig.Count("cx_identifiers where kind = 2 and customer <> '" + ada + "'"));
        Assert.Equal(1, await Rig.Count("cx_archive"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Erasing_one_of_the_two_leaves_nothing_of_that_one_with_the_other(bool isFormer)
    {
        var ada = (await Says("d1", "1", "ada@example.com", hour: 0)).Customer!.Value;
        var bea = (await Says("d2", "2", "bea@example.com", hour: 1)).Customer!.Value;
        var (erased, other) = isFormer ? (ada, bea) : (bea, ada);
        var hidden = await Rig.Scalar<string>($"select string_agg(data::text, ' ') from mt_events where stream_id = 'customer-{erased}'");

        await Rig.Command(erased, Just(Erased()));

        foreach (var seal in System.Text.RegularExpressions.Regex.Matches(hidden, "s1\\.[A-Za-z0-9_-]+").Select(m => m.Value).Distinct())
        {
            Assert.DoesNotContain(seal, await Rig.Scalar<string>($"select string_agg(data::text, ' ') from mt_events where stream_id = 'customer-{other}'"), StringComparison.Ordinal);
        }

        var text = isFormer ? "ada@example.com" : "bea@example.com";
        foreach (var sealedText in System.Text.RegularExpressions.Regex.Matches(
            await Rig.Scalar<string>($"select string_agg(data::text, ' ') from mt_events where stream_id = 'customer-{other}'"), "s1\\.[A-Za-z0-9_-]+").Select(m => m.Value).Distinct())
        {
            Assert.NotEqual(text, await Open(other, Personal.FromSeal(sealedText)));
        }

        var news = await Rig.Deliver("d3", [Rig.Order("o1")], [Delivered("o1")]);
        Assert.Equal(isFormer ? (TransactResult.Committed, bea) : (TransactResult.Erased, null), (news.Result, news.Customer));
    }

    [Fact]
    public async Task Two_hosts_that_move_an_order_at_once_leave_it_with_one_customer()
    {
        await using var second = Npgsql.NpgsqlDataSource.Create(Rig.Connection);
        var stores = new[] { Store, Support.Stores.On(second, Rig.Keys, Rig.Clock) };
        await Says("d0", "1", "1@example.com", hour: 0);

        await Task.WhenAll(Enumerable.Range(1, 40).Select(i => Task.Run(() =>
            Says($"d{i}", $"{1 + (i * 7 % 4)}", $"{1 + (i * 7 % 4)}@example.com", hour: i % 20, order: i % 5 == 0 ? "o2" : "o1", on: stores[i % 2]))));

        var customers = await Rig.Scalar<string[]>("select array_agg(id::text) from cx_customers");
        var owners = new List<string>();
        foreach (var id in customers)
        {
            owners.AddRange((await Rig.Customer(new(id))).Orders.Keys.Select(o => $"{o} {id}"));
        }

        Assert.Equal(4, customers.Length);
        Assert.Equal(["o1", "o2"], owners.Select(o => o.Split(' ')[0]).Order());
        foreach (var owner in owners.Select(o => o.Split(' ')))
        {
            Assert.Equal(owner[1], (await Rig.Deliver($"find {owner[0]}", [Rig.Order(owner[0])], [])).Customer!.Value.Value);
        }

        await SameWhenRebuilt([.. customers.Select(c => new CustomerId(c))]);
        Assert.Equal(await Rig.Count("mt_events"), await Rig.Scalar<long>("select last_value from mt_events_sequence"));
    }

    private string HashOf(string number) => Convert.ToHexStringLower(Rig.Number(number).Hashes[^1].Hash);

    private static IEnumerable<int[]> Permutations(int[] of) =>
        of.Length == 1 ? [of] : of.SelectMany(first => Permutations([.. of.Where(x => x != first)]).Select(rest => (int[])[first, .. rest]));

    // What a platform posts of an order at an hour: whose it is, and the contact.
    private async Task<Outcome> Says(
        string key, string number, string email, int hour, string order = "o1", decimal total = 49.90m, string source = "test", IEventStore? on = null)
    {
        var at = Monday.AddHours(hour);
        ICustomerEvent[] facts =
        [
            new CustomerDetailsLearned(Personal.Clear(email), null, Personal.Clear(number), null, null, null, null, null, null, null, null, Monday) { Revision = at },
            Placed(order) with { Revision = at, Total = new(total, "EUR") },
            new OrderContactGiven(new(order), Personal.Clear(email), Personal.Clear(email), null, null, null, null, null, null, null, at),
        ];
        var delivery = Rig.Delivery(key, facts);
        return await (on ?? Store).Transact(
            Rig.Shop, new CustomerRef.ByIdentifiers([Rig.Order(order), Rig.Number(number), Rig.Email(email)]),
            new(Correlations.Of(delivery.Key), "webhook", source, delivery) { Numbering = source }, Recording.Of(facts), default);
    }

    private async Task<(string? Email, string? Number)> Named(CustomerId id)
    {
        using var open = (await ((ICustomerReader)Store).Open(Rig.Shop, id, StateQuery.Everything, default))!;
        return (open.Read(open.Customer.Details.Email), open.Read(open.Customer.Details.ShopCustomerId));
    }

    private async Task<string?> Open(CustomerId id, Personal? value)
    {
        using var open = (await ((ICustomerReader)Store).Open(Rig.Shop, id, StateQuery.Open, default))!;
        return open.Read(value);
    }

    private Task<WakeResult> Wake() => Store.Wake(Rig.Clock.GetUtcNow(), TimeSpan.Zero, 100, (c, s) => FollowUpDecisions.Wake(c, s, OfferChoice.NotLookedUp), default);

    private Task<Outcome> Attempt(CustomerId id, MessageId message) => Store.Transact(
        Rig.Shop, new CustomerRef.ById(id), new("send", "send", "outbox") { ReadsBarred = true }, (c, s) => MessageDecisions.Claim(c, s, message, "smtp", resendable: false), default);

    // The rows that are kept are those of the fold of the stream.
    private async Task SameWhenRebuilt(params CustomerId[] customers)
    {
        foreach (var id in customers)
        {
            var kept = await Rig.Customer(id);
            await Rig.Execute($"update cx_customers set fold = 0 where id = '{id}'");
            Assert.Equal(JsonSerializer.Serialize(kept, EventCatalog.Json), JsonSerializer.Serialize(await Rig.Customer(id), EventCatalog.Json));
            await Rig.Execute($"update cx_customers set fold = {Domain.Customers.Customer.FoldVersion} where id = '{id}'");
        }
    }
}
