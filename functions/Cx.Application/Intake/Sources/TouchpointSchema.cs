namespace Cx.Application.Intake.Sources;

/// <summary>The JSON Schema (draft 2020-12) of a touchpoint, as it is served to those who write touchpoints.</summary>
public static class TouchpointSchema
{
    public const string ContentType = "application/schema+json";

    public static ReadOnlyMemory<byte> Json { get; } = Load();

    private static byte[] Load()
    {
        using var resource = typeof(TouchpointSchema).Assembly.GetManifestResourceStream("touchpoint.schema.json")
            ?? throw new InvalidOperationException("The touchpoint schema is not part of the build.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
