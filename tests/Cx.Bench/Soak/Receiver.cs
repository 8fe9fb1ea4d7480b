using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cx.Bench.Soak;

/// <summary>Another provider, to which messages are posted: it drops a further copy of one that it has, as Standard Webhooks asks of it.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, (string To, string Body)> received = new();

    private Receiver(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    /// <summary>Whom each message came to, by its id.</summary>
    public IReadOnlyDictionary<string, string> Received => received.ToDictionary(r => r.Key, r => r.Value.To);

    /// <summary>Messages of which two copies differ.</summary>
    public ConcurrentBag<string> Changed { get; } = [];

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new Receiver(app);
        app.MapPost("/", receiver.Take);
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Take(HttpRequest request)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        using var json = JsonDocument.Parse(body.ToArray());
        var copy = (json.RootElement.GetProperty("data").GetProperty("to").GetString()!, Convert.ToHexString(SHA256.HashData(body.ToArray())));
        var id = request.Headers["webhook-id"].ToString();
        if (received.GetOrAdd(id, copy) != copy)
            Changed.Add(id);
    }
}
