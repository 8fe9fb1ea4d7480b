using System.Net;
using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Forecasting;

/// <summary>What is to go out, asked through the API, against what then goes out.</summary>
public sealed class ForecastApiTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}";

    private static readonly TimeZoneInfo Rome = TimeZoneInfo.FindSystemTimeZoneById("Europe/Rome");

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task What_is_foreseen_is_what_goes_out_and_everybody_behind_each_number_is_named()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"{Path}/sending", new { sending = "on" });
        var buyers = new List<CustomerId>();
        for (var n = 1; n <= 5; n++)
            buyers.Add(await Buyer(host, n, delivered: n));

        var forecast = await host.Read($"{Path}/forecast?days=21");
        var people = await Everybody(host, "days=21&limit=2");

        Assert.Equal((5, 0, 21), ((int)forecast["customers"]!, (int)forecast["unreadable"]!, forecast["days"]!.AsArray().Count));
        Assert.Equal(Numbers(forecast), people.Where(p => (string)p["outcome"]! == "sent").Select(Key).CountBy(k => k).Select(c => (c.Key, c.Value)).Order());
        Assert.Equal(buyers.Select(b => b.Value).Order(), people.Select(p => (string)p["customer"]!).Distinct().Order());
        Assert.All(people, p => Assert.NotEmpty(p["checks"]!.AsArray()));
        var request = people.First(p => ((string)p["step"]!, (string)p["outcome"]!) == ("review-request", "sent"));
        Assert.StartsWith("The step 'review-request' will be sent on ", (string)request["text"]!, StringComparison.Ordinal);
        var day = await Everybody(host, $"days=21&date={Key(request).Date}&cadence=post-sale&step=review-request&channel=email&outcome=sent&limit=1");
        Assert.Equal(people.Where(p => Key(p) == Key(request) && (string)p["outcome"]! == "sent").Select(p => p.ToJsonString()), day.Select(p => p.ToJsonString()));

        Assert.Equal(Numbers(forecast), await GoesOut(host, buyers, days: 21));
    }

    [Fact]
    public async Task With_sending_off_all_is_held_and_what_is_in_the_outbox_counts_once_it_is_on()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var buyer = await Buyer(host, 1, delivered: 2);

        var off = await host.Read($"{Path}/forecast");
        await host.Put($"{Path}/sending", new { sending = "on" });
        await host.Get<Waker>().WakeDue(default);
        var on = await host.Read($"{Path}/forecast?days=1");
        var queued = await Everybody(host, "days=1");

        Assert.Equal(("off", 0), ((string)off["sending"]!, (int)off["sent"]!));
        Assert.Equal("sending-off", (string)off["days"]![0]!["steps"]![0]!["held"]![0]!["reason"]!);
        Assert.Contains(off["days"]!.AsArray().SelectMany(d => d!["steps"]!.AsArray()), s => s!["skipped"]!.AsArray().Any(r => (string)r!["reason"]! == "held-too-long"));
        Assert.Equal(1, (int)on["sent"]!);
        Assert.Equal((buyer.Value, "thank-you", "sent"), ((string)queued.Single()["customer"]!, (string)queued[0]["step"]!, (string)queued[0]["outcome"]!));
    }

    [Fact]
    public async Task Nobody_sees_who_is_restricted_but_administrators_and_what_makes_no_sense_is_refused()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"{Path}/sending", new { sending = "on" });
        await Buyer(host, 1, delivered: 2);
        var key = await (await host.Post($"{Path}/keys", new { name = "Support", scopes = new[] { "read" } })).Json();
        using var support = host.With((string)key["key"]!);

        Assert.Equal(HttpStatusCode.Forbidden, (await support.GetAsync($"{Path}/forecast")).StatusCode);
        foreach (var (query, code) in new[]
        {
            ("forecast?days=0", "invalid-days"), ("forecast?days=91", "invalid-days"), ("forecast/people?date=2026", "invalid-day"), ("forecast/people?outcome=queued", "invalid-outcome"),
            ("forecast/people?reason=none", "invalid-reason"), ("forecast/people?channel=smoke", "invalid-channel"), ("forecast/people?cursor=abcd", "invalid-cursor"),
        })
        {
            var answer = await host.Client.GetAsync($"{Path}/{query}");
            Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, await answer.Code()));
        }
    }

    [Fact]
    public async Task One_customer_whose_rows_cannot_be_read_is_left_out_and_counted()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"{Path}/sending", new { sending = "on" });
        await Buyer(host, 1, delivered: 2);
        var broken = await Buyer(host, 2, delivered: 2);
        await using (var command = host.Database.CreateCommand($"update cx_customers set key = '\\x01' where id = '{broken}'"))
            await command.ExecuteNonQueryAsync();

        var forecast = await host.Read($"{Path}/forecast");

        Assert.Equal((1, 1), ((int)forecast["customers"]!, (int)forecast["unreadable"]!));
    }

    private async Task<CustomerId> Buyer(ApiHost host, int n, int delivered)
    {
        var mail = $"buyer{n}@example.com";
        var at = clock.GetUtcNow();
        (IdentifierKind, string)[] who = [(IdentifierKind.Email, mail), (IdentifierKind.Order, $"o{n}")];
        return await host.Report(who,
        [
            Learned(mail), new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, at), Placed($"o{n}") with { OccurredAt = at.AddMinutes(-n) },
            Delivered($"o{n}") with { OccurredAt = at.AddHours(-delivered) },
        ]);
    }

    // Every page of the list.
    private static async Task<List<JsonNode>> Everybody(ApiHost host, string query)
    {
        var all = new List<JsonNode>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await host.Read($"{Path}/forecast/people?{query}{cursor}");
            all.AddRange(page["items"]!.AsArray().Select(i => i!.DeepClone()));
            cursor = (string?)page["next"] is { } next ? $"&cursor={next}" : null;
        }

        return all;
    }

    // As a host does that is never late; what was attempted, by day and step.
    private async Task<IEnumerable<((string Date, string Step), int)>> GoesOut(ApiHost host, IEnumerable<CustomerId> buyers, int days)
    {
        host.Get<InstanceLease>().Start();
        var end = TimeZoneInfo.ConvertTime(clock.GetUtcNow(), Rome).Date.AddDays(days);
        while (await host.Database.Rows("select least((select min(due_at) from cx_customers where parked_at is null), (select min(due_at) from cx_outbox where status = 'queued'))", r => r.InstantOrNull(0), default) is [{ } due]
            && TimeZoneInfo.ConvertTime(due, Rome).DateTime < end)
        {
            if (due > clock.GetUtcNow())
                clock.Advance(due - clock.GetUtcNow());
            await host.Get<Waker>().WakeDue(default);
            await host.Get<OutboxSender>().SendDue(default);
            await host.Get<OutboxSender>().Settle(default);
        }

        var attempted = new List<(string Date, string Step)>();
        foreach (var buyer in buyers)
            attempted.AddRange(await host.Get<IEventStore>().Read(new(ApiHost.Shop), [CustomerStream.Of(buyer)], AsOf.Now, default)
                .Select(r => r.Event).OfType<MessageAttempted>().Select(m => (Date(m.OccurredAt), m.Step)).ToListAsync());
        return attempted.CountBy(a => a).Select(c => (c.Key, c.Value)).Order();
    }

    private static IEnumerable<((string Date, string Step), int)> Numbers(JsonNode forecast) =>
        (from day in forecast["days"]!.AsArray()
         from step in day!["steps"]!.AsArray()
         where (int)step!["sent"]! > 0
         select (((string)day["date"]!, (string)step["step"]!), (int)step["sent"]!)).Order();

    private static (string Date, string Step) Key(JsonNode person) => (Date((DateTimeOffset)person["at"]!), (string)person["step"]!);

    private static string Date(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Rome).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
