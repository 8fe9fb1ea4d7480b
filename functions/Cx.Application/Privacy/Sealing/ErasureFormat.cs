using System.Text.Json;

namespace Cx.Application.Privacy.Sealing;

/// <summary>An erasure as JSON in UTF-8, without a line break; the same in every register.</summary>
internal static class ErasureFormat
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new IdentifierKindConverter() },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static byte[] Write(Erasure erasure) => JsonSerializer.SerializeToUtf8Bytes(erasure, Options);

    /// <exception cref="JsonException">It is not an erasure, whole and known.</exception>
    public static Erasure Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<Erasure>(json, Options) ?? throw new JsonException("It holds null.");
}
