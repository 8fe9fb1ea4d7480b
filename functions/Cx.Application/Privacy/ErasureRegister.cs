using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Application.Privacy;

/// <summary>A customer was erased, or ids of an erased person that nobody held.</summary>
/// <param name="Customer"><see cref="Nobody"/> where only ids are forgotten.</param>
/// <param name="Suppressed">Keyed hashes of addresses that objected: they stay barred after the erasure.</param>
/// <param name="Forgotten">Keyed hashes of the person's orders and shop customer ids: news of them is dropped. None where an entry names none.</param>
public sealed record Erasure(
    ShopId Shop, CustomerId Customer, DateTimeOffset At, IReadOnlyList<Suppressed> Suppressed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ForgottenId>? Forgotten = null)
{
    /// <summary>No customer has this id.</summary>
    public static CustomerId Nobody { get; } = new("");
}

/// <summary>The id of an order or of a shop's customer, without the id.</summary>
/// <param name="Version">Of the lookup key.</param>
public sealed record ForgottenId(IdentifierKind Kind, int Version, byte[] Hash);

/// <summary>An address that must not be written to again, without the address.</summary>
/// <param name="Version">Of the lookup key.</param>
/// <param name="Purpose">What nothing is written to it for; marketing where an entry names none.</param>
public sealed record Suppressed(
    IdentifierKind Kind, int Version, byte[] Hash, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] Purpose Purpose = Purpose.Marketing);

/// <summary>
/// Remembers erasures outside the database, so that they are applied again after a restore of an older copy. Written before the database:
/// an erasure listed here may not have happened yet, and applying it again changes nothing.
/// </summary>
public interface IErasureRegister
{
    /// <summary>Returns once the erasure is on disk.</summary>
    Task Append(Erasure erasure, CancellationToken ct);

    /// <summary>Every erasure, oldest first.</summary>
    IAsyncEnumerable<Erasure> ReadAll(CancellationToken ct);
}

/// <summary>An erasure as JSON in UTF-8, without a line break; the same in every register.</summary>
internal static class ErasureFormat
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new IdentifierKindConverter(), new JsonStringEnumConverter<Purpose>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static byte[] Write(Erasure erasure) => JsonSerializer.SerializeToUtf8Bytes(erasure, Options);

    /// <exception cref="JsonException">It is not an erasure, whole and known.</exception>
    public static Erasure Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<Erasure>(json, Options) ?? throw new JsonException("It holds null.");
        }
        catch (JsonException e)
        {
            // Not the reader's message, which names .NET types.
            throw new JsonException($"It is not an erasure in JSON; the first error is at '{e.Path}'.", e);
        }
    }
}
