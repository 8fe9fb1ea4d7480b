using System.Net;
using System.Text.Json.Nodes;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;

namespace Cx.Tests.Customers;

public sealed class ExperienceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Now);

    private ApiHost host = null!;

    public async Task InitializeAsync() => host = await ApiHost.StartWithShop(clock);

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task A_score_is_explained_by_contributions_that_sum_to_it()
    {
        var id = await Report(
            new OrderPlaced(new("o1"), null, new(10, "EUR"), [], new(2026, 2, 20), Now.AddDays(-12), Now.AddDays(-12)), new OrderDelivered(new("o1"), null, Now.AddDays(-7)),
            new FeedbackGiven("f", FeedbackKind.Csat, 5, new("o1"), Channel.Email, Stage.PostSale, null, Now.AddDays(-1)));

        var experience = await Experience(id);

        Assert.Equal((1, 2), ((int)experience["formula"]!, (int)experience["signals"]!));
        Assert.Equal((double)experience["score"]! - 70, experience["contributions"]!.AsArray().Sum(c => (double)c!["contribution"]!), 9);
        var late = experience["contributions"]![0]!;
        Assert.Equal(("order:o1:delivery", "delivery", "post", "post-sale", "delivered 3 days late"),
            ((string)late["signal"]!, (string)late["kind"]!, (string)late["channel"]!, (string)late["stage"]!, (string)late["reason"]!));
        Assert.Equal(["peak"], experience["contributions"]![1]!["because"]!.AsArray().Select(b => (string)b!));
        Assert.Equal(["email", "post"], experience["channels"]!.AsArray().Select(c => (string)c!["channel"]!));
        Assert.Contains(experience["explanation"]!.AsArray(), s => ((string)s!).Contains("delivered 3 days late (post, ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_past_is_seen_as_it_was_not_as_it_turned_out()
    {
        var id = await Report(new ComplaintOpened(new("c1"), null, Channel.Email, null, Now.AddDays(-5)), new ComplaintResolved(new("c1"), null, Now.AddDays(-4)));

        var then = await Experience(id, $"at={Now.AddDays(-4.5):yyyy-MM-ddTHH:mm:ssZ}");
        var before = await Experience(id, $"at={Now.AddDays(-6):yyyy-MM-ddTHH:mm:ssZ}");
        var now = await Experience(id);

        Assert.Equal("complaint still open", (string)then["contributions"]![0]!["reason"]!);
        Assert.Equal((70.0, 0), ((double)before["score"]!, (int)before["signals"]!));
        Assert.Equal("complaint resolved in time", (string)now["contributions"]![0]!["reason"]!);
    }

    [Fact]
    public async Task What_was_not_known_by_then_is_left_out()
    {
        var id = await Report(new FeedbackGiven("f", FeedbackKind.Csat, 5, null, Channel.Web, Stage.Decision, null, Now.AddDays(-3)));
        clock.Advance(TimeSpan.FromDays(1));
        await Report(new FeedbackGiven("g", FeedbackKind.Csat, 1, null, Channel.Web, Stage.Decision, null, Now.AddDays(-2)));

        var known = await Experience(id, $"knownBy={Now:yyyy-MM-ddTHH:mm:ssZ}");
        var all = await Experience(id);

        Assert.Equal((1, 2), ((int)known["signals"]!, (int)all["signals"]!));
        Assert.True((double)known["score"]! > (double)all["score"]!);
    }

    [Fact]
    public async Task A_deadline_ahead_is_felt_once_it_has_passed()
    {
        var id = await Report(new ContactMade("q", new("t"), Channel.Chat, Direction.Inbound, Stage.Evaluation, null, true, null, Now));

        var waiting = await Experience(id);
        clock.Advance(TimeSpan.FromMinutes(3));
        var forgotten = await Experience(id);

        Assert.Equal(0, (int)waiting["signals"]!);
        Assert.Equal(("answer", 5.0), ((string)forgotten["contributions"]![0]!["kind"]!, (double)forgotten["contributions"]![0]!["value"]!));
    }

    [Fact]
    public async Task An_instant_that_is_none_is_refused_as_such()
    {
        var id = await Report(new ReferralMade("x", Now));

        var refused = await host.Client.GetAsync($"api/shops/{ApiHost.Shop}/customers/{id}/experience?at=yesterday");

        var problem = await refused.Json();
        Assert.Equal((HttpStatusCode.BadRequest, "bad-request"), (refused.StatusCode, (string)problem["code"]!));
        Assert.Equal("The parameter 'at' is missing, or does not have the form that is expected.", (string)problem["detail"]!);
    }

    [Fact]
    public async Task A_body_that_is_none_is_refused_without_a_word_about_the_programs_own_types()
    {
        var id = await Report(new ReferralMade("x", Now));
        var path = $"api/shops/{ApiHost.Shop}/customers/{id}/complaints";

        string[] details =
        [
            .. await Task.WhenAll(new[] { "", "null", "[]", """{"channel":"by fax"}""", """{"channel":{}}""" }.Select(async body =>
            {
                var refused = await host.Client.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
                Assert.Equal((HttpStatusCode.BadRequest, "bad-request"), (refused.StatusCode, await refused.Code()));
                return (string)(await refused.Json())["detail"]!;
            })),
        ];

        Assert.All(details, d => Assert.StartsWith("The body is", d, StringComparison.Ordinal));
        Assert.All(details, d => Assert.DoesNotContain("ComplaintRequest", d, StringComparison.Ordinal));
    }

    private Task<CustomerId> Report(params ICustomerEvent[] facts) => host.Report([(IdentifierKind.Email, "ada@example.com")], facts);

    private Task<JsonNode> Experience(CustomerId id, string query = "") => host.Read($"api/shops/{ApiHost.Shop}/customers/{id}/experience?{query}");
}
