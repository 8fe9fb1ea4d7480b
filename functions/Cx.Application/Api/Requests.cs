using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;

namespace Cx.Application.Api;

/// <summary>What handlers read of a request besides its body: the shop and the customer of the route, and the version that is changed.</summary>
public static class Requests
{
    /// <exception cref="UnknownShopException">There is no such shop.</exception>
    public static async Task<ShopFacts> Known(this ShopDirectory shops, string shop, CancellationToken ct) =>
        ShopId.IsValid(shop) && await shops.Get(new ShopId(shop), ct) is { } facts ? facts : throw new UnknownShopException(new(shop));

    /// <param name="reads">What of the customer's state is read.</param>
    /// <exception cref="UnknownCustomerException">The shop has no such customer.</exception>
    /// <exception cref="ApiProblem">410: the customer was erased.</exception>
    public static async Task<Customer> Known(this CustomerDirectory customers, ShopId shop, string customer, StateQuery reads, CancellationToken ct)
    {
        var found = await customers.Find(shop, new(customer), reads, ct) ?? throw new UnknownCustomerException(shop, new(customer));
        return found.IsErased ? throw Problems.Erased() : found;
    }

    /// <summary>A customer whose data are answered, which is written down where personal values are among them.</summary>
    /// <inheritdoc cref="Known(CustomerDirectory, ShopId, string, StateQuery, CancellationToken)"/>
    /// <exception cref="ApiProblem">403: processing is restricted, and the key is no administrator's.</exception>
    public static async Task<Customer> Shown(
        this CustomerDirectory customers, HttpContext context, ShopId shop, string customer, StateQuery reads, CancellationToken ct, AuditAction? action = null)
    {
        var found = await customers.Known(shop, customer, reads, ct);
        context.CheckShown(found);
        if (action is { } read)
        {
            await context.RecordRead(shop, found.Id, read, ct);
        }

        return found;
    }

    /// <summary>Writes down that personal data of a customer are read by this request, before they are.</summary>
    public static Task RecordRead(this HttpContext context, ShopId shop, CustomerId customer, AuditAction action, CancellationToken ct) =>
        context.RequestServices.GetRequiredService<AuditLog>().Record(
            shop, customer, context.Audit(action), Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier, ct);

    /// <summary>What is written down of an act that this request asks for.</summary>
    public static Audit Audit(this HttpContext context, AuditAction action) =>
        new(action, context.Caller().Key, context.GetEndpoint()?.Metadata.GetMetadata<Endpoint>()?.Name ?? "");

    /// <exception cref="ApiProblem">403: processing is restricted, and the key is no administrator's.</exception>
    public static void CheckShown(this HttpContext context, Customer customer)
    {
        if (customer.IsRestricted && !context.Caller().IsAdmin)
        {
            throw new ApiProblem(
                StatusCodes.Status403Forbidden, "processing-restricted", "Processing of this customer's data is restricted: only an administrator's key sees them.");
        }
    }

    /// <summary>Whose key the request brought; for endpoints that need one.</summary>
    public static Caller Caller(this HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The endpoint needs no key: there is no caller.");

    /// <summary>The languages that the answer is wanted in, the best first (RFC 9110, Accept-Language).</summary>
    public static IEnumerable<string> Languages(this HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage.Where(l => l.Quality is not 0).OrderByDescending(l => l.Quality ?? 1).Select(l => l.Value.ToString());

    /// <summary>Writes a version as the ETag (RFC 9110) of what is answered.</summary>
    public static void WriteETag(this HttpResponse response, long version) => response.Headers.ETag = Tag(version);

    /// <param name="version">None: there is none yet.</param>
    /// <exception cref="ApiProblem">412: If-Match names another version, or there is none yet.</exception>
    public static void CheckMatch(this HttpRequest request, long? version)
    {
        var wanted = request.Headers.IfMatch;
        if (wanted.Count == 0)
        {
            return;
        }

        var tags = wanted.SelectMany(
            header => (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (version is not { } known || !tags.Any(tag => tag == "*" || tag == Tag(known)))
        {
            throw new ApiProblem(
                StatusCodes.Status412PreconditionFailed, "version-changed", "It changed since you read it: read it again, then change it.");
        }
    }

    private static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}

/// <summary>A part of a list, and where the next one begins.</summary>
/// <param name="Next">Passed back as <c>cursor</c>; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>How much of a list is wanted, from where.</summary>
public readonly record struct PageRequest(int Limit, string? After)
{
    public const int MaxLimit = 200;

    /// <exception cref="ApiProblem">The limit is out of range or the cursor is not one of ours.</exception>
    public static PageRequest Of(int? limit, string? cursor) => limit is < 1 or > MaxLimit
        ? throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-limit", $"limit is from 1 to {MaxLimit}.")
        : new(limit ?? 50, cursor is null ? null : Decode(cursor));

    public static ApiProblem InvalidCursor() =>
        new(StatusCodes.Status400BadRequest, "invalid-cursor", "cursor is not one that this list gave.");

    /// <summary>The page of what was read, given one item more than asked for when there is more.</summary>
    public Page<T> Page<T>(IReadOnlyList<T> read, Func<T, string> key) => read.Count > Limit
        ? new([.. read.Take(Limit)], Cursor(key(read[Limit - 1])))
        : new(read, null);

    /// <summary>What is passed back to have the part after a key.</summary>
    public static string Cursor(string key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key));

    /// <summary>The key of an item in a list that is ordered by instants, then by ids.</summary>
    public static string KeyOf(DateTimeOffset at, string id) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}/{id}");

    /// <summary>The instant and the id after which such a list goes on; none at its beginning.</summary>
    /// <exception cref="ApiProblem">The cursor is not one of such a list.</exception>
    public (DateTimeOffset? At, string? Id) AfterKey() =>
        After is not { } key ? (null, null)
        : key.Split('/', 2) is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var t) && t <= DateTimeOffset.MaxValue.UtcTicks
            ? (new(t, TimeSpan.Zero), id)
            : throw InvalidCursor();

    private static string Decode(string cursor) =>
        Base64Url.IsValid(cursor) && cursor.Length <= 400 && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) is var after
        && !after.Contains('\0')
            ? after
            : throw InvalidCursor();
}
