using System.Net;
using System.Text;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Explanations;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Unsubscribing;

public sealed class UnsubscribeEndpointTests : IAsyncLifetime
{
    private readonly HandClock clock = new(new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero));
    private Site site = null!;
    private FollowUpApi api = null!;
    private CustomerId ada;

    private string Token => site.Links.Token(new UnsubscribeScope(Site.Shop.Value, ada.Value, "email", "marketing"));

    [Fact]
    public async Task Looking_at_the_page_changes_nothing()
    {
        var before = (await site.Customer(ada)).Version;

        using var answer = await api.Http.GetAsync(new Uri($"u/{Token}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("no-store", answer.Headers.GetValues("Cache-Control").Single());
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("<html lang=\"it\">", page, StringComparison.Ordinal);
        Assert.Contains("<form method=\"post\">", page, StringComparison.Ordinal);
        Assert.Equal(before, (await site.Customer(ada)).Version);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n")]
    [InlineData("text/plain", "")]
    public async Task One_click_unsubscribes_and_the_next_changes_nothing(string type, string body)
    {
        Assert.Equal(HttpStatusCode.OK, await Click(Token, type, body));
        var after = await site.Customer(ada);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.OK, await Click(Token, type, body));

        Assert.Equal(new Consent(false, ConsentBasis.OptIn, new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero), "unsubscribe"), after.Consents[ConsentKey.Of(Channel.Email, Purpose.Marketing)]);
        Assert.Equal(after.Version, (await site.Customer(ada)).Version);
    }

    [Fact]
    public async Task It_counts_against_a_consent_dated_later_by_another_clock()
    {
        await site.Record("ada", new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, clock.GetUtcNow().AddDays(1)));
        await Click(Token, "text/plain", "");
        Assert.False((await site.Customer(ada)).Consents[ConsentKey.Of(Channel.Email, Purpose.Marketing)].Given);
    }

    [Fact]
    public async Task A_forged_link_does_not_work()
    {
        Assert.Equal(HttpStatusCode.NotFound, await Click(Token[..^2] + "AA", "text/plain", ""));
        using var answer = await api.Http.GetAsync(new Uri("u/nonsense", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.True((await site.Customer(ada)).Consents[ConsentKey.Of(Channel.Email, Purpose.Marketing)].Given);
    }

    [Fact]
    public async Task Who_was_erased_gets_the_same_page()
    {
        var token = Token;
        await site.Store.Transact(Site.Shop, new CustomerRef.ById(ada), new("test", "test", "test"), (c, s) => Recording.Decide(c, s, [new CustomerErased("test", s.At)]), CancellationToken.None);

        Assert.Equal(HttpStatusCode.OK, await Click(token, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"));
        var unknown = site.Links.Token(new UnsubscribeScope(Site.Shop.Value, "nobody", "email", "marketing"));
        Assert.Equal(HttpStatusCode.OK, await Click(unknown, "text/plain", ""));
    }

    public async Task InitializeAsync()
    {
        site = Site.On(await Database.Prepared(), InstallationKeys.Generate(), clock, new LocalSender());
        await site.OpenShop();
        ada = await site.Buyer("ada", "it");
        api = await FollowUpApi.Open(site);
    }

    public async Task DisposeAsync()
    {
        await api.DisposeAsync();
        await site.DisposeAsync();
    }

    private async Task<HttpStatusCode> Click(string token, string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await api.Http.PostAsync(new Uri($"u/{token}", UriKind.Relative), content);
        return answer.StatusCode;
    }
}
