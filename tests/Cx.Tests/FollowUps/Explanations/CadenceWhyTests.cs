using System.Net;
using System.Text.Json.Nodes;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Explanations;

/// <summary>Why a cadence did, or did not, write to a customer, asked through the API.</summary>
public sealed class CadenceWhyTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}";

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task Whoever_may_read_is_told_why_in_the_language_asked_for()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"{Path}/sending", new { sending = "on" });
        var buyer = await host.Report([(IdentifierKind.Email, "ada@example.com"), (IdentifierKind.Order, "o-1")], [Learned("ada@example.com"), Placed("o-1")]);
        await host.Get<Waker>().WakeDue(default);
        var marketing = await (await host.Post($"{Path}/keys", new { name = "Marketing", scopes = new[] { "marketing" } })).Json();
        using (var key = host.With((string)marketing["key"]!))
        {
            (await key.PostAsync($"{Path}/cadences/post-sale/pause", null)).EnsureSuccessStatusCode();
        }

        var (english, italian) = (await Why(host, buyer, "de, en;q=0.5"), await Why(host, buyer, "de"));

        Assert.Equal(("running", "paused", 1), ((string?)english["verdict"], (string?)english["state"], (int)english["version"]!));
        Assert.Equal(("en", "it"), ((string?)english["language"], (string?)italian["language"]));
        var reason = Assert.Single(english["reasons"]!.AsArray())!;
        Assert.Equal(("cadence-paused", (string?)marketing["id"], "Marketing"), ((string?)reason["code"], (string?)reason["by"], (string?)reason["byName"]));
        Assert.Contains(Summary(english), s => s.StartsWith("The cadence is paused since ", StringComparison.Ordinal) && s.EndsWith($"by key 'Marketing' ({marketing["id"]}).", StringComparison.Ordinal));
        Assert.Contains(Summary(italian), s => s.StartsWith("La cadenza è in pausa dal ", StringComparison.Ordinal));
        var request = english["followUps"]![0]!["steps"]!.AsArray().Single(s => (string?)s!["step"] == "review-request")!;
        Assert.Equal(("pending", "order-delivered"), ((string?)request["status"], (string?)request["waitsFor"]));
        Assert.Contains(request["checks"]!.AsArray(), c => (string?)c!["policy"] == "sending" && (string?)c["text"] == "The cadence is paused.");
        Assert.Equal("started", (string?)english["triggers"]![0]!["outcome"]);
        Assert.DoesNotContain("ada@example.com", english.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_was_never_written_to_has_an_answer_too_and_an_address_that_objected_is_named()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var ada = await host.Report([(IdentifierKind.Email, "ada@example.com")], [Learned("ada@example.com"), Objected()]);

        var why = await Why(host, ada, "it");

        Assert.Equal(("never-triggered", "order-placed"), ((string?)why["verdict"], (string?)why["events"]![0]));
        Assert.Equal(["sending-off", "objected", "address-barred"], why["reasons"]!.AsArray().Select(r => (string)r!["code"]!));
        Assert.Contains("La cadenza 'After a sale' non è mai partita per questo cliente: parte con 'ordine effettuato', e nulla del genere è registrato.", Summary(why));
    }

    [Fact]
    public async Task What_cannot_be_explained_is_refused()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var ada = await host.Report([(IdentifierKind.Email, "ada@example.com")], [Learned("ada@example.com")]);

        Assert.Equal((HttpStatusCode.NotFound, "unknown-cadence"), await Refused($"customers/{ada}/why?cadence=nothing"));
        Assert.Equal((HttpStatusCode.BadRequest, "missing-cadence"), await Refused($"customers/{ada}/why"));
        Assert.Equal((HttpStatusCode.NotFound, "unknown-customer"), await Refused("customers/c0/why?cadence=post-sale"));
        (await host.Client.DeleteAsync($"{Path}/customers/{ada}")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Gone, (await Refused($"customers/{ada}/why?cadence=post-sale")).Status);

        async Task<(HttpStatusCode Status, string Code)> Refused(string path)
        {
            var answer = await host.Client.GetAsync($"{Path}/{path}");
            return (answer.StatusCode, await answer.Code());
        }
    }

    private static async Task<JsonNode> Why(ApiHost host, CustomerId customer, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}/customers/{customer}/why?cadence=post-sale");
        request.Headers.Add("Accept-Language", language);
        var answer = await host.Client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static List<string> Summary(JsonNode why) => [.. why["summary"]!.AsArray().Select(s => (string)s!)];
}
