using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using JasperFx.MultiTenancy;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cx.Bench;

/// <summary>
/// The plain idiom: a minimal API that takes the same webhooks as one would write it with Marten. It checks the signature, keeps the delivery key, the
/// identifiers and the payload as documents, and appends to the customer's stream with an inline snapshot: one session and one SaveChanges a request. Its
/// schema is its own, in the same PostgreSQL. It does less: nothing is sealed, no follow-up is decided, and no event names what caused it.
/// </summary>
internal sealed class PlainIdiom : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly WebApplication app;

    private PlainIdiom(WebApplication app) => this.app = app;

    public int Port => new Uri(app.Urls.First()).Port;

    public static async Task<PlainIdiom> Start(string connection, string secret)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMarten(options => Configure(options, connection));
        var app = builder.Build();
        var key = Encoding.UTF8.GetBytes(secret);
        app.MapPost(
            "/api/shops/{shop}/webhooks/shopify",
            (string shop, HttpRequest request, IDocumentStore store, CancellationToken ct) => Receive(shop, request, store, key, ct));
        await app.Services.GetRequiredService<IDocumentStore>().Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await app.StartAsync();
        return new(app);
    }

    /// <summary>Makes sure that what is measured was done: every delivery has made a customer whose snapshot has its order, paid.</summary>
    public static async Task Check(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            select (select count(*) from plain.mt_doc_plaindelivery)
              = (select count(*) from plain.mt_doc_plaincustomer where jsonb_path_exists(data, '$.Orders.*.PaidAt ? (@ != null)'))
            """);
        if (await command.ExecuteScalarAsync() is not true)
            throw new InvalidOperationException("The plain idiom has not stored what it answered.");
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static void Configure(StoreOptions options, string connection)
    {
        options.Connection(new NpgsqlConnectionStringBuilder(connection)
        {
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            MaxPoolSize = 32,
        }.ConnectionString);
        options.DatabaseSchemaName = "plain";
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.Policies.AllDocumentsAreMultiTenanted();
        options.Events.TenancyStyle = TenancyStyle.Conjoined;
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.UseIdentityMapForAggregates = true;
        options.UseSystemTextJsonForSerialization(configure: json => json.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        options.Schema.For<PlainDelivery>();
        options.Schema.For<PlainIdentifier>();
        options.Projections.Snapshot<PlainCustomer>(SnapshotLifecycle.Inline);
    }

    private static async Task<IResult> Receive(string shop, HttpRequest request, IDocumentStore store, byte[] secret, CancellationToken ct)
    {
        using var read = new MemoryStream((int)(request.ContentLength ?? 0));
        await request.Body.CopyToAsync(read, ct);
        var body = read.GetBuffer().AsMemory(0, (int)read.Length);
        if (!IsSigned(body.Span, request.Headers["X-Shopify-Hmac-SHA256"], secret))
            return Results.Unauthorized();

        var order = JsonSerializer.Deserialize<PostedOrder>(body.Span, Json)!;
        var delivery = request.Headers["X-Shopify-Webhook-Id"].ToString();
        string[] names = [$"order {order.Id}", $"customer {order.Customer.Id}", $"email {order.Email.ToLowerInvariant()}"];
        await using var session = store.LightweightSession(shop);
        session.Insert(new PlainDelivery(delivery, request.Headers["X-Shopify-Topic"]!, DateTimeOffset.UtcNow, Encoding.UTF8.GetString(body.Span)));

        var known = await session.LoadManyAsync<PlainIdentifier>(ct, names);
        var customer = known.Count > 0 ? known[0].Customer : Guid.CreateVersion7().ToString("N");
        foreach (var name in names.Except(known.Select(k => k.Id)))
            session.Insert(new PlainIdentifier(name, customer));

        if (known.Count > 0)
            (await session.Events.FetchForWriting<PlainCustomer>(customer, ct)).AppendMany(EventsOf(order));
        else
            session.Events.StartStream<PlainCustomer>(customer, EventsOf(order));

        try
        {
            await session.SaveChangesAsync(ct);
            return Results.Ok();
        }
        catch (DocumentAlreadyExistsException e) when (e.DocType == typeof(PlainDelivery))
        {
            return Results.Ok();
        }
    }

    private static bool IsSigned(ReadOnlySpan<byte> body, string? signature, byte[] secret)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> made = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, body, made);
        return Convert.TryFromBase64String(signature ?? "", given, out var length) && CryptographicOperations.FixedTimeEquals(given[..length], made);
    }

    private static object[] EventsOf(PostedOrder order)
    {
        var lines = Array.ConvertAll(order.LineItems, l => new PlainLine(l.ProductId, l.Sku, l.Title, l.Quantity, Amount(l.Price)));
        return
        [
            new PlainDetailsLearned(order.Email, order.Customer.Id, $"{order.Customer.FirstName} {order.Customer.LastName}", order.CustomerLocale),
            new PlainOrderPlaced(order.Id, order.Name, Amount(order.TotalPrice), order.Currency, lines, order.CreatedAt),
            new PlainOrderPaid(order.Id, order.ProcessedAt),
            new PlainConsentGiven(order.BuyerAcceptsMarketing, order.CreatedAt),
        ];
    }

    private static decimal Amount(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private sealed record PostedOrder(
        long Id, string Name, string Email, string Currency, string TotalPrice, string CustomerLocale, bool BuyerAcceptsMarketing, DateTimeOffset CreatedAt,
        DateTimeOffset ProcessedAt, PostedCustomer Customer, PostedLine[] LineItems);

    private sealed record PostedCustomer(long Id, string FirstName, string LastName);

    private sealed record PostedLine(long? ProductId, string Sku, string Title, int Quantity, string Price);
}

/// <summary>A delivery by its key, with the payload as it was posted.</summary>
public sealed record PlainDelivery(string Id, string Topic, DateTimeOffset ReceivedAt, string Payload);

/// <summary>Whose an order, a customer number or an address is.</summary>
public sealed record PlainIdentifier(string Id, string Customer);

public sealed record PlainDetailsLearned(string Email, long ShopCustomer, string Name, string Language);

public sealed record PlainLine(long? Product, string Sku, string Title, int Quantity, decimal Price);

public sealed record PlainOrderPlaced(long Order, string Number, decimal Total, string Currency, PlainLine[] Lines, DateTimeOffset PlacedAt);

public sealed record PlainOrderPaid(long Order, DateTimeOffset PaidAt);

public sealed record PlainConsentGiven(bool Marketing, DateTimeOffset GivenAt);

public sealed record PlainOrder(decimal Total, string Currency, PlainLine[] Lines, DateTimeOffset PlacedAt, DateTimeOffset? PaidAt);

/// <summary>The inline snapshot.</summary>
public sealed partial class PlainCustomer
{
    public string Id { get; set; } = "";

    public string? Email { get; set; }

    public string? Name { get; set; }

    public string? Language { get; set; }

    public bool Marketing { get; set; }

    public Dictionary<long, PlainOrder> Orders { get; set; } = [];

    public void Apply(PlainDetailsLearned e) => (Email, Name, Language) = (e.Email, e.Name, e.Language);

    public void Apply(PlainOrderPlaced e) => Orders[e.Order] = new(e.Total, e.Currency, e.Lines, e.PlacedAt, null);

    public void Apply(PlainOrderPaid e) => Orders[e.Order] = Orders[e.Order] with { PaidAt = e.PaidAt };

    public void Apply(PlainConsentGiven e) => Marketing = e.Marketing;
}
