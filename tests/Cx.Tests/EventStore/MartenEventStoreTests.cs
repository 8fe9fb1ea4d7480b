using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public sealed class MartenEventStoreTests : EventStoreContract
{
    private readonly TestLog<MartenEventStore> log = new();

    protected override Task<IEventStore> Adapter(StoreRig rig) => Task.FromResult<IEventStore>(Stores.On(rig.Database, rig.Keys, rig.Clock, log: log));

    protected override void OnWakeFailed(Action<CustomerId> notify) => log.Logged += entry =>
    {
        if (entry.Level == LogLevel.Error && entry.Values.TryGetValue("Customer", out var customer))
        {
            notify((CustomerId)customer!);
        }
    };

    [Fact]
    public async Task A_transaction_never_needs_a_second_connection()
    {
        await using var narrow = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Rig.Connection) { MaxPoolSize = 1, Timeout = 5 });
        MartenEventStore Cold() => Stores.On(narrow, Rig.Keys, Rig.Clock, log: log);
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Learned("ada@example.com"), Placed("o1")], decide: Recording.Of([Learned("ada@example.com"), Placed("o1")]))).Customer!.Value;

        await Cold().Transact(Rig.Shop, new CustomerRef.ById(customer), new("a-command", "test-command", "api"), Just(Objected()), default);
        Assert.Equal(1, (await Cold().Wake(Rig.Clock.GetUtcNow(), TimeSpan.Zero, 10, Just(Delivered("o1")), default)).Due);
        using var open = await Cold().Open(Rig.Shop, customer, StateQuery.Everything, default);

        Assert.Equal(5, open!.Customer.Version);
    }

    [Fact]
    public async Task One_wake_of_several_shops_appends_to_the_streams_of_each()
    {
        ShopId second = new("atelier");
        ShopSettings settings = new("Atelier", "Europe/Rome", ["it"]);
        await Store.Update<Domain.Shops.Shop>(second, "shop", _ => [new ShopConfigured(settings, Rig.Clock.GetUtcNow())], default);
        foreach (var shop in new[] { Rig.Shop, second })
        {
            ICustomerEvent[] facts = [Learned("ada@example.com"), Placed("o1")];
            await Store.Transact(
                shop, new CustomerRef.ByIdentifiers([Lookup.Of(Rig.Keys, shop, IdentifierKind.Order, "o1"), Lookup.Of(Rig.Keys, shop, IdentifierKind.Email, "ada@example.com")]),
                new("c", "test", "api"), Recording.Of(facts), default);
        }

        Assert.Equal(2, (await Store.Wake(Rig.Clock.GetUtcNow(), TimeSpan.Zero, 10, (c, context) => FollowUpDecisions.Wake(c, context, OfferChoice.NotLookedUp), default)).Due);

        Assert.Equal(1, await Rig.Count($"mt_events where tenant_id = '{Rig.Shop}' and type = 'step-held.v1'"));
        Assert.Equal(1, await Rig.Count($"mt_events where tenant_id = '{second}' and type = 'step-held.v1'"));
    }

    [Fact]
    public async Task A_consent_stored_under_its_former_name_counts_as_before_and_a_new_one_is_stored_sealed()
    {
        var ada = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", Personal.Clear("Yes please"), Monday)])).Customer!.Value;
        Assert.DoesNotContain("Yes please", await Rig.Dump(), StringComparison.Ordinal);
        await Rig.Execute("update mt_events set type = 'consent-given.v1', data = data || '{\"wording\": \"Yes please\"}' where type = 'consent-given.v2'");
        await Rig.Execute("update cx_customers set fold = 0");

        var consent = Assert.Single((await Rig.Customer(ada)).Consents);

        Assert.Equal((ConsentKey.Of(Channel.Email, Purpose.Marketing), true), (consent.Key, consent.Value.Given));
        var stored = Assert.Single(await Rig.Stream(ada));
        Assert.Equal(("consent-given.v1", "Yes please"), (stored.Type, Assert.IsType<ConsentGiven>(stored.Event).Wording!.Value));
        await Rig.Command(ada, Record(new ConsentGiven(Channel.Email, Purpose.Service, ConsentBasis.OptIn, "api", Personal.Clear("Do call"), Monday)));
        Assert.Equal(2, (await Rig.Stream(ada)).Count);
    }

    [Fact]
    public async Task What_was_stored_under_an_id_in_the_clear_is_still_found_by_it_and_what_is_new_by_its_hash()
    {
        ICustomerEvent[] before =
        [
            new ComplaintOpened(new("k1"), null, Channel.Email, null, Monday), Asked("m1", "t1", 1), new ReviewPosted("r1", 2, null, null, Channel.Web, null, Monday), new ReferralMade("f1", Monday), new SpamReported("s1", Channel.Email, Monday),
            Placed("o1"), new OrderShipped(new("o1"), "p1", Monday), new OrderRefunded(new("o1"), "b1", null, false, Monday),
        ];
        var ada = (await Rig.Deliver("d1", [Rig.Email("ada@example.com"), Rig.Order("o1"), Rig.Conversation("t1")], before, decide: Just(before))).Customer!.Value;

        ICustomerEvent[] after =
        [
            new ComplaintResolved(new("k1"), null, Monday.AddDays(6)), Asked("m1", "t1", 1), new ContactAnswered("m2", new("t1"), Channel.Email, null, Monday.AddDays(2)),
            new ReviewPosted("r1", 5, null, null, Channel.Web, null, Monday.AddDays(1)), new ReferralMade("f1", Monday), new SpamReported("s1", Channel.Email, Monday), new OrderDelivered(new("o1"), "p1", Monday.AddDays(1)),
            new OrderRefunded(new("o1"), "b1", null, false, Monday), Complained("k2", "again"),
        ];
        await Rig.Deliver("d2", [Rig.Conversation("t1")], after);

        var customer = await Rig.Customer(ada);
        Assert.Equal((2, false), (customer.Complaints.Count, customer.Complaints[new("k1")].IsUnresolved));
        Assert.True(GivenIds.IsHash(customer.Complaints.Keys.Single(k => k.Value != "k1").Value));
        var conversation = Assert.Single(customer.Conversations);
        Assert.Equal((new ConversationId("t1"), "m1", true), (conversation.Key, Assert.Single(conversation.Value.Asked).Key, GivenIds.IsHash(Assert.Single(conversation.Value.Answered).Key)));
        Assert.Equal(("Stars:r1", 5d), (Assert.Single(customer.Opinions).Key, customer.Opinions["Stars:r1"].Value));
        Assert.Equal(("f1", "s1"), (Assert.Single(customer.Referrals).Key, Assert.Single(customer.SpamReports).Key));
        Assert.Equal(("p1", "b1"), (Assert.Single(customer.Orders[new("o1")].Parcels).Key, Assert.Single(customer.Orders[new("o1")].Refunds).Key));

        static ContactMade Asked(string contact, string conversation, int day) =>
            new(contact, new(conversation), Channel.Email, Direction.Inbound, Stage.Information, null, ExpectsAnswer: true, null, Monday.AddDays(day));
    }

    [Theory]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData(PostgresErrorCodes.DiskFull)]
    public async Task A_failed_append_throws_the_exception_of_PostgreSQL(string code)
    {
        var ada = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        await Rig.Execute(
            $"""
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = '{code}'; end $$;
            create trigger refuse before insert on mt_events for each row execute function refuse()
            """);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => Rig.Command(ada, Just(Delivered("o1"))));

        Assert.Equal(code, refused.SqlState);
        Assert.Equal(1, await Rig.Scalar<long>($"select version from mt_streams where id = 'customer-{ada}'"));
    }
}
