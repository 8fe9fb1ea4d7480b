namespace Cx.Application.Api;

/// <summary>Who may call an endpoint: nobody in particular, or the holder of a key with this scope for the shop in the route.</summary>
public enum Access { Public, Ingest, Read, Marketing, Admin }

/// <summary>
/// One route and its handler. Both hosts serve the same table: the Standalone host maps it on Kestrel, the Azure host puts a function of
/// the same name before each.
/// </summary>
/// <param name="Name">Unique, stable: operation id and function name.</param>
/// <param name="Route">Without a leading slash, as both hosts want it.</param>
/// <param name="Handle">Bound like any minimal API handler.</param>
public sealed record Endpoint(string Name, string Method, string Route, Access Access, Delegate Handle)
{
    public string Summary { get; init; } = "";

    /// <summary>What a 200 carries, for the API description.</summary>
    public Type? Returns { get; init; }
}
