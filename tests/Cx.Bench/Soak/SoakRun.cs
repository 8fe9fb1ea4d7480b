using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace Cx.Bench.Soak;

/// <summary>One message of a year.</summary>
/// <param name="To">The address that it came to; none where it came to none.</param>
internal sealed record SoakMessage(string? To, string Step, string? Order, string State);

/// <summary>What one run led to.</summary>
/// <param name="Messages">Every message, by whom it came to and what it is.</param>
/// <param name="Changed">Messages of which two copies differ.</param>
internal sealed record SoakResult(IReadOnlyList<SoakMessage> Messages, int Changed, TimeSpan Took)
{
    /// <summary>Messages that only one of two runs has, or has more often, and those of which two copies differ.</summary>
    public int DifferencesTo(SoakResult other) => MissingOf(other).Count + other.MissingOf(this).Count + Changed + other.Changed;

    /// <summary>What another run has that this one has not, as often as it has it more often.</summary>
    public IReadOnlyList<SoakMessage> MissingOf(SoakResult other)
    {
        var own = Messages.CountBy(m => m).ToDictionary();
        return [.. other.Messages.CountBy(m => m).SelectMany(m => Enumerable.Repeat(m.Key, Math.Max(0, m.Value - own.GetValueOrDefault(m.Key))))];
    }
}

/// <summary>Lives a year through a host of its own, which may be killed (kill -9) and started again at random in between.</summary>
internal sealed class SoakRun : IAsyncDisposable
{
    // A request writes some 20 KB of log, what is due before it some 200: each is hit at any point, and after its end.
    private const int MostWritten = 500_000;
    private const int MostWrittenInRequest = 50_000;

    private static readonly string[] Languages = ["it"];

    private readonly ChildHost host;
    private readonly Receiver receiver;
    private readonly Random random;

    private SoakRun(ChildHost host, Receiver receiver, int seed) => (this.host, this.receiver, random) = (host, receiver, new(seed));

    /// <param name="deadly">During which it is killed.</param>
    public static async Task<SoakResult> Run(IReadOnlyList<Happening> year, IReadOnlySet<Happening> deadly, int seed)
    {
        var watch = Stopwatch.StartNew();
        await using var run = await Start(seed);
        foreach (var happening in year)
            await (deadly.Contains(happening) ? run.LiveAndDie(happening) : run.Live(happening, isRepeated: false));

        await run.MoveTo(year[^1].At.AddDays(100));
        return new(await run.Messages(), run.receiver.Changed.Count, watch.Elapsed);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await receiver.DisposeAsync();
    }

    private static async Task<SoakRun> Start(int seed)
    {
        var receiver = await Receiver.Start();
        var host = await ChildHost.Start(
            new Dictionary<string, string>
            {
                ["Cx__DevClock"] = "true",
                ["Cx__Sender"] = "webhook",
                ["Cx__Webhook__Url"] = receiver.Address.AbsoluteUri,
                ["Cx__Webhook__Secret"] = "whsec_" + Convert.ToBase64String(SHA256.HashData("soak"u8)),
                ["Cx__PublicUrl"] = "http://127.0.0.1:1",
            },
            InventedYear.Start);
        var run = new SoakRun(host, receiver, seed);
        await run.Send(HttpMethod.Put, "", new { name = "Soak", timeZone = "Europe/Rome", languages = Languages, softOptIn = true }, key: null, isRepeated: false);
        return run;
    }

    private async Task Live(Happening happening, bool isRepeated)
    {
        await MoveTo(happening.At);
        await Send(happening.Method, happening.Path, happening.Body, happening.Key, isRepeated);
    }

    // Whatever the host did of it before it died, the request is made again.
    private async Task LiveAndDie(Happening happening)
    {
        var isInRequest = random.Next(2) == 0;
        if (isInRequest)
            await MoveTo(happening.At);
        var living = Live(happening, isRepeated: false);
        await Written(random.Next(isInRequest ? MostWrittenInRequest : MostWritten), living);
        await host.Kill();
        try
        {
            await living;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
        }

        await host.Restart();
        await Live(happening, isRepeated: true);
    }

    // Until PostgreSQL has written so many bytes, so that how fast the machine is says nothing about where the host dies; or until all is done.
    private async Task Written(long bytes, Task living)
    {
        for (var end = await Position() + bytes; !living.IsCompleted && await Position() < end;)
        {
        }

        async Task<long> Position()
        {
            await using var command = host.Database.CreateCommand("select (pg_current_wal_insert_lsn() - '0/0')::bigint");
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }

    private async Task MoveTo(DateTimeOffset at)
    {
        var clock = new Uri(host.Address, "api/dev/clock");
        var now = (await host.Client.GetFromJsonAsync<JsonElement>(clock)).GetProperty("now").GetDateTimeOffset();
        if (at <= now)
            return;
        using var answer = await host.Client.PostAsJsonAsync(clock, new { advance = string.Create(CultureInfo.InvariantCulture, $"PT{(at - now).TotalSeconds:0.######}S") });
        answer.EnsureSuccessStatusCode();
    }

    private async Task Send(HttpMethod method, string path, object? body, string? key, bool isRepeated)
    {
        using var request = new HttpRequestMessage(method, path.Length == 0 ? host.Client.BaseAddress!.AbsoluteUri.TrimEnd('/') : path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (path == "touchpoints")
            request.Headers.Add("Idempotency-Key", key);
        using var answer = await host.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var isDone = isRepeated && text.Contains("\"no-draft\"", StringComparison.Ordinal);
        if ((!answer.IsSuccessStatusCode && !isDone) || text.Contains("\"status\":\"failed\"", StringComparison.Ordinal))
            throw new InvalidOperationException($"{method} {path} {key} was answered {(int)answer.StatusCode}: {text}");
    }

    private async Task<List<SoakMessage>> Messages()
    {
        var (messages, received) = (new List<SoakMessage>(), receiver.Received);
        for (var cursor = ""; cursor is not null;)
        {
            var page = await host.Client.GetFromJsonAsync<JsonElement>($"messages?limit=200{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            messages.AddRange(page.GetProperty("items").EnumerateArray().Select(m => new SoakMessage(
                received.GetValueOrDefault(m.GetProperty("id").GetString()!), m.GetProperty("step").GetString()!, m.GetProperty("order").GetString(), m.GetProperty("state").GetString()!)));
            cursor = page.GetProperty("next").GetString();
        }

        return messages;
    }
}
