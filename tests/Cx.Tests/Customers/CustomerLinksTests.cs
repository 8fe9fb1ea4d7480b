using System.Net;
using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Offers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.Tests.Customers;

/// <summary>Linked customers answer as one under the ids of both, and as two again once they are parted.</summary>
public sealed class CustomerLinksTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Now);
    private readonly TestFolder folder = TestFolder.Create();
    private FileErasureRegister register = null!;
    private ApiHost host = null!;
    private CustomerId ada, bea;

    public async Task InitializeAsync()
    {
        register = FileErasureRegister.In(folder.Data.Path);
        host = await ApiHost.StartWithShop(clock, register);
        ada = await Buyer("ada", "1001");
        bea = await Buyer("bea", "1002");
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        register.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Ids_of_both_answer_with_the_one_customer_in_every_route()
    {
        var linked = await (await Link(bea, ada)).Json();

        Assert.Equal((ada.Value, bea.Value), ((string)linked["customer"]!, (string)linked["linked"]!.AsArray().Single()!));
        foreach (var path in new[] { PathOf(ada), PathOf(bea) })
        {
            var customer = await host.Read(path);
            Assert.Equal((ada.Value, bea.Value), ((string)customer["id"]!, (string)customer["linked"]!.AsArray().Single()!));
            Assert.Equal(["1001", "1002"], Texts(customer["orders"]!, "id"));
            Assert.Equal(ada.Value, (string)(await host.Read($"{path}/experience"))["customer"]!);
            Assert.Equal(ada.Value, (string)(await host.Read($"{path}/links"))["customer"]!);
            Assert.Equal(2, (await host.Read($"{path}/touchpoints"))["items"]!.AsArray().Count(e => (string)e!["type"]! == "order-placed.v1"));
            Assert.Equal(["1001", "1002"], Texts((await host.Read($"{path}/follow-ups"))["items"]!, "order"));
            var export = (await host.Read($"{path}/export")).ToJsonString();
            Assert.All(["ada@example.com", "Ada Rossi", "payload of ada", "bea@example.com", "Bea Rossi", "payload of bea"], text => Assert.Contains(text, export, StringComparison.Ordinal));
        }

        Assert.Equal(ada.Value, (string)(await (await host.Post(PathOf("lookup"), new { email = "bea@example.com" })).Json())["id"]!);
        var listed = Assert.Single((await host.Read(PathOf("")[..^1]))["items"]!.AsArray())!;
        Assert.Equal((ada.Value, 2), ((string)listed["id"]!, (int)listed["orders"]!));
    }

    [Fact]
    public async Task What_is_recorded_and_asked_by_an_id_of_a_member_is_the_members_after_they_are_parted()
    {
        await Link(ada, bea);
        await host.Put($"{PathOf(bea)}/consents", new { channel = "email", purpose = "marketing", given = false });
        var opened = await (await host.Post($"{PathOf(bea)}/complaints", new { channel = "email", text = "Where is it?", complaintId = "k1" })).Json();
        await host.Report([(IdentifierKind.Email, "bea@example.com"), (IdentifierKind.Order, "1003")], [Placed("1003")], "payload of later");
        var followUps = (await host.Read($"{PathOf(ada)}/follow-ups"))["items"]!.AsArray().ToDictionary(f => (string)f!["order"]!, f => (string)f!["id"]!);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync(Why(followUps["1003"]))).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"{PathOf(ada)}/links/{bea}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"{PathOf(ada)}/links/{bea}")).StatusCode);

        var (a, b) = (await host.Read(PathOf(ada)), await host.Read(PathOf(bea)));
        Assert.Equal(["1001"], Texts(a["orders"]!, "id"));
        Assert.Equal(["1002", "1003"], Texts(b["orders"]!, "id"));
        Assert.Empty(a["complaints"]!.AsArray());
        Assert.Equal([opened["id"]!.ToString()], Texts(b["complaints"]!, "id"));
        Assert.Equal((0, 1), (a["consents"]!.AsArray().Count, b["consents"]!.AsArray().Count));
        Assert.Equal(("ada@example.com", "bea@example.com"), ((string)a["details"]!["email"]!, (string)b["details"]!["email"]!));
        Assert.Equal(2, (await host.Read("api/shops/bottega/customers"))["items"]!.AsArray().Count);

        var (exportOfAda, exportOfBea) = ((await host.Read($"{PathOf(ada)}/export")).ToJsonString(), (await host.Read($"{PathOf(bea)}/export")).ToJsonString());
        Assert.All(["payload of bea", "payload of later", "Where is it?", "1003"], text => Assert.Contains(text, exportOfBea, StringComparison.Ordinal));
        Assert.All(["payload of bea", "payload of later", "Where is it?", "1003", "Bea", "bea@example.com"], text => Assert.DoesNotContain(text, exportOfAda, StringComparison.Ordinal));
        Assert.DoesNotContain("Ada", exportOfBea, StringComparison.Ordinal);

        Assert.Equal(["1002", "1003"], Texts((await host.Read($"{PathOf(bea)}/follow-ups"))["items"]!, "order"));
        foreach (var (order, owner) in new[] { ("1001", ada), ("1002", bea), ("1003", bea) })
        {
            Assert.Equal(owner.Value, (string)(await host.Read(Why(followUps[order])))["customer"]!);
        }

        var pages = await Pages($"{PathOf(bea)}/touchpoints?limit=2");
        Assert.Equal(Texts((await host.Read($"{PathOf(bea)}/touchpoints"))["items"]!, "sequence"), Texts(pages, "sequence"));
        Assert.Equal(["1002", "1003"], pages.Where(p => (string)p!["type"]! == "order-placed.v1").Select(p => (string)p!["data"]!["order"]!));
    }

    [Fact]
    public async Task Views_count_a_linked_pair_as_one_buyer_and_give_each_its_own_orders_back_also_when_they_are_built_anew()
    {
        await Link(ada, bea);
        await host.Report([(IdentifierKind.Email, "bea@example.com"), (IdentifierKind.Order, "1003")], [Placed("1003")]);
        await Follow(new AffinityView());
        Assert.Equal((1, "1001", "1002 1003"), await Shown());

        await host.Client.DeleteAsync($"{PathOf(ada)}/links/{bea}");
        await Follow(new AffinityView());
        Assert.Equal((2, "1001", "1002 1003"), await Shown());

        await Follow(new Anew());
        Assert.Equal((2, "1001", "1002 1003"), await Shown());

        async Task<(long Buyers, string OfAda, string OfBea)> Shown()
        {
            var (shop, reader) = (new ShopId(ApiHost.Shop), host.Get<ViewReader>());
            var keys = new[] { ada, bea }.Select(id => AffinityKeys.Buyer(CustomerStream.Of(id))).ToList();
            var buyers = await reader.Find<Buyer>(AffinityView.ViewName, shop, keys, default);
            var lamps = (await reader.Find<Item>(AffinityView.ViewName, shop, [AffinityKeys.Item(new("lamp"))], default)).Values.Single();
            return (lamps.Buyers, string.Join(' ', buyers[keys[0]].Orders.Keys), string.Join(' ', buyers[keys[1]].Orders.Keys));
        }

        async Task Follow(IAsyncView view)
        {
            await using var daemon = Stores.Daemon(host.Database, new CommitSignal(), [new ViewSubscription(view, host.Database, NullLogger<ViewSubscription>.Instance)]);
            using var late = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            Assert.True(await daemon.CatchUp(late.Token, late.Token));
        }
    }

    [Fact]
    public async Task What_cannot_be_linked_is_refused_with_a_code_that_stays()
    {
        var carla = await Buyer("carla", "1003");
        await host.Client.DeleteAsync(PathOf(carla));

        Assert.Equal((422, "link-to-itself"), await Refused(Link(ada, ada)));
        Assert.Equal((422, "unknown-linked-customer"), await Refused(Link(ada, new("nobody"))));
        Assert.Equal((422, "invalid-request"), await Refused(host.Post($"{PathOf(ada)}/links", new { customer = (string?)null })));
        Assert.Equal((409, "linked-customer-erased"), await Refused(Link(ada, carla)));
        Assert.Equal((410, "customer-erased"), await Refused(Link(carla, ada)));
        Assert.Equal((404, "unknown-customer"), await Refused(Link(new("nobody"), ada)));
        Assert.Equal((404, "unknown-customer"), await Refused(host.Client.DeleteAsync($"{PathOf(ada)}/links/nobody")));
        var key = await (await host.Post("api/shops/bottega/keys", new { name = "Support", scopes = new[] { "read", "marketing", "ingest" } })).Json();
        using var support = host.With((string)key["key"]!);
        Assert.Equal("missing-scope", await (await support.PostAsync($"{PathOf(ada)}/links", null)).Code());
        Assert.Equal("missing-scope", await (await support.DeleteAsync($"{PathOf(ada)}/links/{bea}")).Code());

        Assert.Empty((await host.Read($"{PathOf(ada)}/links"))["linked"]!.AsArray());
    }

    [Fact]
    public async Task An_erasure_erases_all_linked_and_the_register_names_all_of_them()
    {
        await Link(ada, bea);
        await host.Report([(IdentifierKind.Email, "bea@example.com")], [Placed("1003")], "payload of later");

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync(PathOf(bea))).StatusCode);

        var dump = await Dump.Of(host.Connection);
        Assert.All(["ada@example.com", "Rossi", "bea@example.com", "payload of"], text => Assert.DoesNotContain(text, dump, StringComparison.OrdinalIgnoreCase));
        Assert.Equal([ada, bea], (await register.ReadAll(default).Select(e => e.Customer).ToListAsync()).Order());
        foreach (var id in new[] { ada, bea })
        {
            Assert.Equal("customer-erased", await (await host.Client.GetAsync(PathOf(id))).Code());
            Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync(PathOf(id))).StatusCode);
        }

        Assert.Equal("customer-erased", await (await host.Client.DeleteAsync($"{PathOf(ada)}/links/{bea}")).Code());
        Assert.Empty((await host.Read("api/shops/bottega/customers"))["items"]!.AsArray());
    }

    [Fact]
    public async Task After_a_restore_exactly_those_are_erased_again_whom_the_register_names()
    {
        // In the copy two are linked that had been parted when one of them was erased.
        await Link(ada, bea);
        await register.Append(new(new(ApiHost.Shop), bea, Now, []), default);

        Assert.Equal(1, await host.Get<Erasing>().Reapply(default));

        Assert.Equal("customer-erased", await (await host.Client.GetAsync(PathOf(bea))).Code());
        Assert.Equal("ada@example.com", (string)(await host.Read(PathOf(ada)))["details"]!["email"]!);
        Assert.Equal(0, await host.Get<Erasing>().Reapply(default));
    }

    [Fact]
    public async Task One_who_is_linked_while_the_other_is_erased_is_in_the_register_too()
    {
        var linking = new LinksWhileRegistering(register, () => host.Get<IEventStore>().Link(new(ApiHost.Shop), ada, bea, Now, new("by-hand", "link-customers", "api"), default));
        var erasing = new Erasing(host.Database, host.Get<IEventStore>(), host.Get<CustomerDirectory>(), linking, host.Get<InstallationKeys>(), clock);

        await erasing.Erase(new(ApiHost.Shop), ada, "api", new(Cx.Application.EventStore.AuditAction.Erased, "installation", "eraseCustomer"), default);

        Assert.Equal([ada, bea], (await register.ReadAll(default).Select(e => e.Customer).Distinct().ToListAsync()).Order());
        Assert.Equal("customer-erased", await (await host.Client.GetAsync(PathOf(bea))).Code());
    }

    private static string PathOf(object customer) => $"api/shops/{ApiHost.Shop}/customers/{customer}";

    private static string Why(string followUp) => $"api/shops/{ApiHost.Shop}/follow-ups/{followUp}/steps/thank-you/why";

    private static OrderPlaced Placed(string order) =>
        new(new(order), null, new(49.90m, "EUR"), [new(new("lamp"), "L-1", "Lamp", 1, 49.90m, "lights")], null, Now.AddHours(-1), Now.AddHours(-1));

    private static IEnumerable<string> Texts(JsonNode items, string property) => items.AsArray().Select(i => i![property]!.ToString()).Order(StringComparer.Ordinal);

    private Task<HttpResponseMessage> Link(CustomerId one, CustomerId other) => host.Post($"{PathOf(one)}/links", new { customer = other.Value });

    private static async Task<(int Status, string Code)> Refused(Task<HttpResponseMessage> request)
    {
        using var answer = await request;
        return ((int)answer.StatusCode, await answer.Code());
    }

    private async Task<JsonArray> Pages(string path)
    {
        var all = new JsonArray();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await host.Read(path + cursor);
            foreach (var item in page["items"]!.AsArray())
            {
                all.Add(item!.DeepClone());
            }

            cursor = (string?)page["next"] is { } next ? $"&cursor={next}" : null;
        }

        return all;
    }

    private Task<CustomerId> Buyer(string name, string order)
    {
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var full = $"{char.ToUpperInvariant(name[0])}{name[1..]} Rossi";
        return host.Report(
            [(IdentifierKind.Email, $"{name}@example.com"), (IdentifierKind.Order, order)],
            [
                new CustomerDetailsLearned(Personal.Clear($"{name}@example.com"), null, null, null, null, Personal.Clear(full), null, "it", null, "IT", null, Now.AddHours(-1)),
                Placed(order),
            ],
            $$"""{"body": "payload of {{name}}"}""");
    }

    /// <summary>The same view in its next version.</summary>
    private sealed class Anew : IAsyncView
    {
        private readonly AffinityView view = new();

        public string Name => view.Name;

        public int Version => view.Version + 1;

        public IReadOnlySet<string> Types => view.Types;

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e) => view.Fold(rows, shop, stream, e);
    }

    /// <summary>The register, with a link made just after the first entry.</summary>
    private sealed class LinksWhileRegistering(IErasureRegister inner, Func<Task> link) : IErasureRegister
    {
        public async Task Append(Erasure erasure, CancellationToken ct)
        {
            await inner.Append(erasure, ct);
            await link();
        }

        public IAsyncEnumerable<Erasure> ReadAll(CancellationToken ct) => inner.ReadAll(ct);
    }
}
