using System.Text.Json.Nodes;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>What the build of the app tells the Functions host.</summary>
internal static class FunctionsMetadata
{
    public static IReadOnlyList<Function> All { get; } =
        [.. Json("functions.metadata").AsArray().Select(f => new Function(
            (string)f!["name"]!, (string)f["scriptFile"]!, (string)f["entryPoint"]!, [.. f["bindings"]!.AsArray().Select(b => b!.AsObject())]))];

    public static JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file)))!;

    /// <param name="EntryPoint">Namespace, type and method.</param>
    internal sealed record Function(string Name, string File, string EntryPoint, IReadOnlyList<JsonObject> Bindings)
    {
        public JsonObject Trigger => Assert.Single(Bindings, b => ((string)b["type"]!).EndsWith("Trigger", StringComparison.Ordinal));

        public string TriggerType => (string)Trigger["type"]!;
    }
}
