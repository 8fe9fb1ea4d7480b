using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Offers;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.Tests.Customers;

/// <summary>Who may be one person is listed with the reason, until somebody decides.</summary>
public sealed class LinkCandidatesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly string Path = $"api/shops/{ApiHost.Shop}";

    [Fact]
    public async Task Two_customer_ids_with_one_address_are_listed_page_by_page_and_never_linked_by_themselves()
    {
        await using var host = await ApiHost.StartWithShop(new HandClock(Now));
        var pairs = new List<(CustomerId One, CustomerId Other)>();
        for (var i = 0; i < 3; i++)
        {
            var one = await host.Report([(IdentifierKind.ShopCustomerId, $"1{i}"), (IdentifierKind.Email, $"c{i}@example.com")], [Visit()]);
            var other = await host.Report([(IdentifierKind.ShopCustomerId, $"2{i}")], [Visit()]);
            Assert.Equal(other, await host.Report([(IdentifierKind.ShopCustomerId, $"2{i}"), (IdentifierKind.Email, $"c{i}@example.com")], [Visit()]));
            pairs.Add(one.CompareTo(other) < 0 ? (one, other) : (other, one));
        }

        await CatchUp(host);
        var first = await host.Read($"{Path}/link-candidates?limit=2");
        var second = await host.Read($"{Path}/link-candidates?limit=2&cursor={first["next"]}");
        Assert.Equal(pairs.OrderBy(p => p.One).Select(p => $"{p.One} {p.Other}"), Items(first).Concat(Items(second)));
        Assert.Null((string?)second["next"]);
        Assert.Equal("email", (string)first["items"]![0]!["by"]![0]!);
        Assert.Equal("invalid-cursor", await (await host.Client.GetAsync($"{Path}/link-candidates?cursor=b2Rk")).Code());
        Assert.Equal(6, (await host.Read($"{Path}/customers"))["items"]!.AsArray().Count);

        await host.Post($"{Path}/customers/{pairs[0].One}/links", new { customer = pairs[0].Other.Value });
        await host.Client.DeleteAsync($"{Path}/customers/{pairs[1].Other}");
        await CatchUp(host);
        Assert.Equal([$"{pairs[2].One} {pairs[2].Other}"], Items(await host.Read($"{Path}/link-candidates")));

        // Parted by hand they are two: what shows up again between them changes nothing.
        await host.Client.DeleteAsync($"{Path}/customers/{pairs[0].One}/links/{pairs[0].Other}");
        await CatchUp(host);
        Assert.Equal([$"{pairs[2].One} {pairs[2].Other}"], Items(await host.Read($"{Path}/link-candidates")));
    }

    [Fact]
    public void Candidates_among_several_who_are_linked_go_with_the_link_and_do_not_come_back()
    {
        (string, IEvent) Conflict(string one, string other, IdentifierKind by = IdentifierKind.Phone) => (CustomerStream.Of(new(one)), new IdentityConflictFound(new(other), by, Now));
        IEnumerable<(string, IEvent)> Both(ICustomerEvent e, string lead, string member) => [(CustomerStream.Of(new(lead)), e), (CustomerStream.Of(new(member)), e)];
        var link = Both(new CustomersLinked(new("a"), new("b"), Now), "a", "b").Concat(Both(new CustomersLinked(new("a"), new("c"), Now), "a", "c")).ToList();
        (string, IEvent)[] found = [Conflict("c", "b"), Conflict("b", "c", IdentifierKind.Email), Conflict("d", "c"), Conflict("c", "a")];

        Assert.Equal(["b c Email,Phone", "a c Phone", "c d Phone"], Candidates(found).OrderBy(c => c[..3], StringComparer.Ordinal).OrderByDescending(c => c.Contains(',', StringComparison.Ordinal)));
        Assert.Equal(["c d Phone"], Candidates([.. found, .. link]));
        var parted = Both(new CustomersUnlinked(new("a"), new("c"), Now), "a", "c");
        Assert.Equal(["c d Phone"], Candidates([.. found, .. link, .. parted, Conflict("b", "c"), Conflict("c", "a")]));
        Assert.Empty(Candidates([.. found, .. link, (CustomerStream.Of(new("a")), OrderHistories.Erasure)]));
    }

    private static IEnumerable<string> Candidates(IEnumerable<(string Stream, IEvent Event)> events) =>
        MemoryRows.Fold(new LinkCandidatesView(), events).Rows.Values.OfType<LinkCandidate>().Select(c => $"{c.One} {c.Other} {string.Join(',', c.By)}");

    private static IEnumerable<string> Items(JsonNode page) => page["items"]!.AsArray().Select(i => $"{i!["customer"]} {i["other"]}");

    private static VisitMade Visit() => new("v", Channel.Web, Stage.Information, Now);

    private static async Task CatchUp(ApiHost host)
    {
        await using var daemon = Stores.Daemon(host.Database, new CommitSignal(), [new ViewSubscription(new LinkCandidatesView(), host.Database, NullLogger<ViewSubscription>.Instance)]);
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        Assert.True(await daemon.CatchUp(late.Token, late.Token));
    }
}
