using System.Text;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Simulations;
using Cx.Application.Intake;
using Cx.Application.Offers;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Reporting;
using Cx.Domain.Offers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.EndToEnd;
using Cx.Tests.Privacy;
using Cx.Tests.Support;
using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>Each thing that the product does, once.</summary>
public sealed partial class PlanTests
{
    private static readonly InstallationKeys Keys = InstallationKeys.Generate();

    private static readonly ShopId Bottega = new(ApiHost.Shop);

    private static async Task DoEverything(ApiHost host)
    {
        var path = $"api/shops/{ApiHost.Shop}";
        using var shop = new Shop(host.Client.BaseAddress!, ApiHost.Shop);
        await Did(host.Put($"{path}/sources/shopify", new { secret = Shop.ShopifySecret }));
        await Did(host.Put($"{path}/sending", new { sending = "on" }));
        await TakeDeliveries(host, shop, path);
        await host.Get<Waker>().WakeDue(default);
        await Did(shop.Shopify("orders/updated", "d-7", Payloads.Order(1, "grace@example.com", Clock.GetUtcNow(), Clock.GetUtcNow().AddMinutes(1), customer: 77)));
        var ada = await CallTheApi(host, path);
        await Simulate(host, $"{path}/cadences/post-sale");
        await FollowTheLog(host, ada);
        await Work(host, ada);
        await Did(host.Client.DeleteAsync($"{path}/customers/{ada}"));
        await host.Get<Erasing>().Forget(Bottega, [Lookup.Of(Keys, Bottega, IdentifierKind.Order, "o99")], default);
        await host.Get<Erasing>().Reapply(default);
        await MoveAndRewrap(host);
        await Did(host.Client.DeleteAsync($"{path}/sources/shopify"));
    }

    // Applied, known, in conflict, without news, failed and replayed, waiting and applied later, about nobody.
    private static async Task TakeDeliveries(ApiHost host, Shop shop, string path)
    {
        var order = Payloads.Order(1, "linus@example.com", Clock.GetUtcNow());
        await Did(shop.Shopify("orders/create", "d-1", order));
        await Did(shop.Shopify("orders/create", "d-1", order));
        await shop.Shopify("orders/create", "d-1", order.Replace("LAMP", "LAMB", StringComparison.Ordinal));
        await Did(shop.Shopify("orders/create", "d-6", order));
        await Did(shop.Shopify("orders/create", "d-2", Payloads.Order(2, "linus@example.com", Clock.GetUtcNow()).Replace("\"EUR\"", "\"E1\"", StringComparison.Ordinal)));
        await Did(host.Client.GetAsync($"{path}/incomplete-deliveries?limit=1"));
        await Did(shop.Shopify("fulfillments/create", "d-3", Payloads.Fulfilment(3, Clock.GetUtcNow())));
        await Did(shop.Shopify("orders/create", "d-4", Payloads.Order(3, "linus@example.com", Clock.GetUtcNow())));
        await Did(shop.Shopify("app/uninstalled", "d-5", "{}"));
        var failed = Correlations.Of(Lookup.DeliveryKey(Keys, Bottega, "shopify", "bottega.myshopify.com/orders/create/d-2")[0].Hash);
        await Did(host.Client.PostAsync($"{path}/failed-deliveries/{failed}/replay", null));
        await host.Get<FailedDeliveries>().Remove(Bottega, failed, default);
    }

    private static async Task<CustomerId> CallTheApi(ApiHost host, string path)
    {
        ICustomerEvent[] facts = [Learned("ada@example.com", "+390612345", "Ada"), Placed("o1"), Complained("k1", "late", "o1")];
        (IdentifierKind, string)[] names = [(IdentifierKind.Order, "o1"), (IdentifierKind.Email, "ada@example.com")];
        ((OneErasure)host.Get<IErasureRegister>()).Erased = await host.Report([(IdentifierKind.Email, "grace@example.com")], [Learned("grace@example.com")]);
        var ada = await host.Report(names, facts);
        await host.Report(names, [Delivered("o1"), Objected()]);
        await Link(host, ada);
        var id = $"{path}/customers/{ada}";
        var followUp = (await host.Read($"{id}/follow-ups"))["items"]![0]!["id"];
        foreach (var read in new[]
        {
            "api/shops", path, $"{path}/customers?limit=50", id, $"{id}/experience", $"{id}/experience?knownBy=2026-03-02T10:00:00Z", $"{id}/touchpoints?limit=2",
            $"{id}/touchpoints?limit=2&order=desc", $"{id}/export", $"{id}/follow-ups", $"{id}/why?cadence=post-sale", $"{path}/follow-ups/{followUp}/steps/review-request/why", $"{path}/messages",
            $"{path}/messages?status=queued", $"{path}/link-candidates", $"{path}/failed-deliveries", $"{path}/failed-events", $"{path}/keys", $"{path}/sources", "health/ready",
            $"{path}/audit", $"{path}/audit?customer=c5", $"{path}/audit?action=erased", $"{path}/audit?customer=c5&action=erased", $"{path}/retention?days=365", $"{path}/forecast", $"{path}/forecast/people",
        })
        {
            await Did(host.Client.GetAsync(read));
        }

        await host.Client.GetAsync($"{path}/messages/m5");
        await host.Get<AuditLog>().CountSince(Bottega, AuditAction.TestSent, Clock.GetUtcNow().AddHours(-1), default);
        await Did(host.Post($"{path}/customers/lookup", new { email = "ada@example.com" }));
        await Publish(host, $"{path}/cadences");
        await PublishPolicy(host, $"{path}/policy");
        await SaveTemplate(host, $"{path}/templates", ada);
        Clock.Advance(TimeSpan.FromDays(10));
        await Did(host.Put($"{id}/consents", new { channel = "email", purpose = "marketing", given = true }));
        await Did(host.Post($"{id}/complaints", new { text = "late", channel = "email" }));
        var key = await (await host.Post($"{path}/keys", new { name = "Support", scopes = new[] { "read" } })).Json();
        using (var support = host.With((string)key["key"]!))
        {
            await Did(support.GetAsync(id));
        }

        await Did(host.Client.DeleteAsync($"{path}/keys/{key["id"]}"));
        return ada;
    }

    private static async Task Publish(ApiHost host, string path)
    {
        await Did(host.Client.GetAsync(path));
        await Did(host.Client.PutAsync($"{path}/post-sale/draft", new StringContent(JsonSerializer.Serialize(DefaultCadences.PostSale, EventCatalog.Json), Encoding.UTF8, "application/json")));
        await Did(host.Client.GetAsync($"{path}/post-sale/publish/affected"));
        await Did(host.Post($"{path}/post-sale/publish", new { running = "stay" }));
        await Did(host.Client.GetAsync($"{path}/post-sale/versions/2"));
        await Did(host.Client.GetAsync($"{path}/post-sale/report"));
    }

    private static async Task SaveTemplate(ApiHost host, string path, CustomerId customer)
    {
        var parts = new { subject = "News", text = "{{> footer}}", html = "{{#> layout}}<p>News</p>{{/layout}}" };
        await Did(host.Put($"{path}/news/it", parts));
        await Did(host.Client.GetAsync(path));
        await Did(host.Client.GetAsync($"{path}/news/it"));
        await Did(host.Client.GetAsync($"{path}/news/it/versions/1"));
        await Did(host.Post($"{path}/news/preview", new { customer = customer.Value }));
        await Did(host.Client.DeleteAsync($"{path}/news/it"));
    }

    private static async Task PublishPolicy(ApiHost host, string path)
    {
        await Did(host.Put($"{path}/draft", new { maxHoldDays = 6 }));
        await Did(host.Client.PostAsync($"{path}/publish", null));
        await Did(host.Client.GetAsync(path));
        await Did(host.Client.GetAsync($"{path}/versions/1"));
    }

    // To its end, interrupted, failed, cancelled and removed.
    private static async Task Simulate(ApiHost host, string cadence)
    {
        await Did(host.Client.PutAsync($"{cadence}/draft", new StringContent(JsonSerializer.Serialize(DefaultCadences.PostSale, EventCatalog.Json), Encoding.UTF8, "application/json")));
        var simulations = $"{cadence}/simulations";
        var queue = host.Get<SimulationQueue>();
        await using var connection = await host.Database.OpenConnectionAsync();
        for (var i = 0; i < 3; i++)
        {
            await Did(host.Post(simulations, new { sample = 50 }));
        }

        Assert.True(await host.Get<SimulationRunner>().RunNext(default));
        var failing = (await queue.TryClaim(Clock.GetUtcNow(), default))!;
        Assert.True(await queue.Renew(failing, 0.1, default));
        Assert.True(await queue.Save(connection, failing, new(1, 1, null, 0, 0, new()), [new(new("c5"), [], [])], default));
        await queue.Fail(failing, "failed", Clock.GetUtcNow(), default);
        var cancelled = (await queue.TryClaim(Clock.GetUtcNow(), default))!;
        await queue.GiveBack(cancelled, default);
        await Did(host.Client.GetAsync(simulations));
        await Did(host.Client.GetAsync($"{simulations}/{cancelled.Id}"));
        var done = (string?)(await host.Read(simulations))["items"]!.AsArray().Single(s => (string?)s!["state"] == "done")!["id"];
        await Did(host.Client.GetAsync($"{simulations}/{done}/differences"));
        await Did(host.Client.GetAsync($"{simulations}/{done}"));
        await Did(host.Client.DeleteAsync($"{simulations}/{cancelled.Id}"));
        await Did(host.Client.DeleteAsync($"{simulations}/{done}"));
    }

    // Two records of one person, of which the state is folded anew.
    private static async Task Link(ApiHost host, CustomerId lead)
    {
        var member = await host.Report([(IdentifierKind.Phone, "+390687654")], [Placed("o2")]);
        var links = $"api/shops/{ApiHost.Shop}/customers/{lead}/links";
        await Did(host.Post(links, new { customer = member.Value }));
        await Execute(host.Database, $"update cx_customers set fold = 0 where id = '{lead}'");
        await host.Report([(IdentifierKind.Phone, "+390687654")], [Placed("o3")]);
        await Did(host.Client.DeleteAsync($"{links}/{member}"));
        await Did(host.Client.GetAsync($"api/shops/{ApiHost.Shop}/customers/{member}/touchpoints"));
        await Did(host.Post(links, new { customer = member.Value }));
    }

    private static async Task Work(ApiHost host, CustomerId ada)
    {
        var store = host.Get<MartenEventStore>();
        await host.Get<Waker>().WakeCustomer(Bottega, ada, default);
        var queue = host.Get<OutboxQueue>();
        var queued = await queue.LeaseQueued(Clock.GetUtcNow(), 10, default);
        Assert.NotEmpty(queued);
        await queue.Keep(queued[0], "content", default);
        await queue.LeaseAbandoned(10, default);
        await queue.Own(default);
        Clock.Advance(TimeSpan.FromDays(10));
        await Assert.ThrowsAsync<UnknownCustomerException>(() => store.Transact(Bottega, new CustomerRef.ById(new("nobody")), new("c", "test", "api"), Just(), default));
        foreach (var fault in new Exception[] { new InvalidOperationException("broken"), new NewerVersionException("newer") })
        {
            await Execute(host.Database, $"update cx_customers set due_at = '1970-01-02' where id = '{ada}'");
            await store.Wake(Clock.GetUtcNow(), TimeSpan.Zero, 1, (_, _) => throw fault, default);
        }

        var bar = new Bar(IdentifierKind.Email, new(1, [7]), Purpose.Marketing);
        await store.Transact(Bottega, new CustomerRef.ById(ada), new("c", "test", "api") { Bar = bar }, Just(), default);
        (await store.Open(Bottega, ada, EachPart(), default))!.Dispose();
        using var open = await store.Open(Bottega, ada, StateQuery.Everything, default);
        await host.Get<OfferSource>().For(Bottega, open!.Customer, default);
        await host.Get<ViewReader>().Find<Seen>(SeenView.ViewName, Bottega, ["row/1"], default);
        await host.Get<Retention>().Apply(Clock.GetUtcNow(), default);

        // As Marten's daemon rebuilds; of somebody whose events can all be read.
        var rebuilt = await host.Report([(IdentifierKind.Email, "rebuilt@example.com")], [Learned("rebuilt@example.com")]);
        await using var rebuilding = host.Get<IDocumentStore>().LightweightSession(ApiHost.Shop);
        await new CustomerStates(host.Database).ApplyAsync(rebuilding, await rebuilding.Events.FetchStreamAsync(CustomerStream.Of(rebuilt)), default);
        await rebuilding.SaveChangesAsync();
    }

    private static StateQuery EachPart()
    {
        var item = new ItemKey(ItemKind.Order, "o1");
        return new() { Keys = [item], About = [new("o1")], Whole = [item], Kinds = [ItemKind.SpamReport], Since = Clock.GetUtcNow() };
    }

    // A view that keeps up, and the next version of another, with events that it cannot digest. Each time by a process that has nothing in memory.
    private static async Task FollowTheLog(ApiHost host, CustomerId ada)
    {
        await Objects("unreadable");
        await Execute(host.Database, "update mt_events set data = '[]' where data ->> 'source' = 'unreadable'");
        foreach (var source in new[] { "first", "second", "third", "infinite" })
        {
            await Objects(source);
            await using var daemon = Stores.Daemon(
                host.Database, new CommitSignal(),
                [.. new IAsyncView[] { new AffinityView(), new LinkCandidatesView(), new ReportView(), new SeenView() }.Select(v => new ViewSubscription(v, host.Database, NullLogger<ViewSubscription>.Instance))]);
            await host.Report([(IdentifierKind.Email, "ada@example.com")], [Placed($"of-{source}")]);
            using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            Assert.True(await daemon.CatchUp(late.Token, late.Token));
        }

        Task Objects(string source) => host.Get<IEventStore>().Transact(
            Bottega, new CustomerRef.ById(ada), new("c", "test", "api"), Just(new ConsentWithdrawn(Channel.Email, Purpose.Marketing, source, Clock.GetUtcNow())), default);
    }

    private static async Task MoveAndRewrap(ApiHost host)
    {
        var payloads = new PayloadRows(host.Database);
        await payloads.RecordMoved(await payloads.TakeInside(PayloadMover.BatchSize, default), default);
        await Execute(host.Database, "update cx_archive set moving_until = null where blob is not null");
        var outside = await payloads.TakeOutside(PayloadMover.BatchSize, default);
        await payloads.RecordReturned([.. outside.Select(o => o with { Data = [1] })], default);
        await payloads.RecordDeleted(await payloads.TakeOrphans(PayloadMover.BatchSize, default), default);
        await new Rewrapping(host.Database, Rotation.After(Keys), NullLogger<Rewrapping>.Instance).Run(default);
    }

    private static async Task Did(Task<HttpResponseMessage> request)
    {
        using var answer = await request;
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage!.RequestUri}: {await answer.Content.ReadAsStringAsync()}");
    }

    // Done behind the product's back, without a prepared statement.
    private static async Task Execute(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"do $do$ begin {sql}; end $do$", connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Seen(double Value);

    /// <summary>Makes a row and removes it again, or makes one that no database stores.</summary>
    private sealed class SeenView : IAsyncView
    {
        public const string ViewName = "seen";

        public string Name => ViewName;

        public int Version => 2;

        public IReadOnlySet<string> Types { get; } = new HashSet<string> { EventCatalog.NameOf(typeof(ConsentWithdrawn)) };

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e)
        {
            if (e is ConsentWithdrawn { Source: "infinite" })
            {
                rows.Set("infinite", new Seen(double.PositiveInfinity));
            }
            else if (rows.Get<Seen>(stream) is null)
            {
                rows.Set(stream, new Seen(1));
            }
            else
            {
                rows.Remove(stream);
            }
        }
    }
}
