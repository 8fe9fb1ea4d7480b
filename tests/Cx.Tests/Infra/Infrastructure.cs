using System.Text.Json;

namespace Cx.Tests.Infra;

/// <summary>infra-bicep, compiled once for all tests: the template, and what it makes of the parameters.</summary>
internal sealed class Infrastructure
{
    /// <summary>What the parameter files read from the environment. A secret's value is recognised wherever it turns up.</summary>
    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        ["CX_ALERT_EMAIL"] = "operators@example.com",
        ["CX_DATABASE_ADMIN"] = "database administrators",
        ["CX_DATABASE_ADMIN_ID"] = "00000000-0000-0000-0000-000000000001",
        ["CX_MASTER_KEY"] = "secret-of-masterKey",
        ["CX_ADMIN_KEY"] = "secret-of-adminKey",
        ["CX_SMTP_PASSWORD"] = "secret-of-smtpPassword",
        ["CX_DKIM_PRIVATE_KEY"] = "secret-of-dkimPrivateKey",
        ["CX_WEBHOOK_SECRET"] = "secret-of-webhookSecret",
        ["CX_WEBHOOK_SECOND_SECRET"] = "secret-of-webhookSecondSecret",
    };

    private static readonly Lazy<Infrastructure> Compiled = new(() => new());

    private Infrastructure()
    {
        using var compiler = BicepCompiler.Open(Environment);
        var main = InFolder("main.bicep");

        var template = Succeeded(compiler.Compile(main));
        var parameters = ParameterFiles.ToDictionary(f => f, f => Succeeded(compiler.CompileParameters(InFolder(f))));
        Diagnostics = [.. parameters.Values.Prepend(template).SelectMany(Objections)];
        Template = Parse(template.GetProperty("contents"));
        Parameters = parameters.ToDictionary(p => p.Key, p => Parse(p.Value.GetProperty("parameters")).GetProperty("parameters"));
        Templates = [new("main", Template), .. Template.GetProperty("resources").EnumerateObject().Select(Module)];

        var dev = compiler.Predict(InFolder("main.dev.bicepparam"));
        var everything = compiler.Predict(Path.Combine(RepositoryFiles.Root, "tests", "Cx.Tests", "Infra", "everything.bicepparam"));
        Unresolved = [.. new[] { dev, everything }.SelectMany(Objections)];
        (Dev, Everything) = (Resources(dev), Resources(everything));

        Files = [.. compiler.Files(main).Where(f => Path.GetExtension(f) == ".bicep")];
        Unformatted = [.. RepositoryFiles.Bicep.Where(f => compiler.Format(f) != File.ReadAllText(f))];
    }

    /// <summary>The compiled infrastructure; the calling test is skipped where the compiler does not run.</summary>
    public static Infrastructure Get()
    {
        Skip.If(BicepCompiler.WhyNot is not null, BicepCompiler.WhyNot);
        return Compiled.Value;
    }

    public static IReadOnlyList<string> ParameterFiles { get; } = ["main.dev.bicepparam", "main.prod.bicepparam"];

    /// <summary>All that the compiler and its linter object to.</summary>
    public IReadOnlyList<string> Diagnostics { get; }

    /// <summary>The parts of the predicted deployments that could not be resolved beforehand.</summary>
    public IReadOnlyList<string> Unresolved { get; }

    /// <summary>Every file that main.bicep consists of.</summary>
    public IReadOnlyList<string> Files { get; }

    public IReadOnlyList<string> Unformatted { get; }

    public JsonElement Template { get; }

    /// <summary>The template and those of its modules.</summary>
    public IReadOnlyList<Template> Templates { get; }

    /// <summary>The values that each parameter file assigns.</summary>
    public IReadOnlyDictionary<string, JsonElement> Parameters { get; }

    public IReadOnlyList<Resource> Dev { get; }

    /// <summary>Production, with all that is optional: see everything.bicepparam.</summary>
    public IReadOnlyList<Resource> Everything { get; }

    private static JsonElement Succeeded(JsonElement compiled) =>
        compiled.GetProperty("success").GetBoolean() ? compiled : throw new InvalidOperationException(string.Join('\n', Objections(compiled)));

    private static IEnumerable<string> Objections(JsonElement compiled) =>
        compiled.GetProperty("diagnostics").EnumerateArray().Select(d => d.ToString());

    private static string InFolder(string file) => Path.Combine(RepositoryFiles.Infrastructure, file);

    private static Template Module(JsonProperty resource) =>
        new(resource.Name, resource.Value.GetProperty("properties").GetProperty("template"));

    private static JsonElement Parse(JsonElement text) => JsonDocument.Parse(text.GetString()!).RootElement;

    private static IReadOnlyList<Resource> Resources(JsonElement snapshot) =>
        [.. snapshot.GetProperty("predictedResources").EnumerateArray().Select(r => new Resource(r))];
}

/// <summary>An ARM template: main.bicep or one of its modules, by the name under which it is deployed.</summary>
internal sealed record Template(string Name, JsonElement Json)
{
    public IEnumerable<JsonProperty> Parameters => Section("parameters");

    public IEnumerable<JsonProperty> Outputs => Section("outputs");

    public IEnumerable<JsonProperty> Types => Section("definitions");

    public static bool IsRequired(JsonProperty parameter) =>
        !parameter.Value.TryGetProperty("defaultValue", out _) && !parameter.Value.TryGetProperty("nullable", out _);

    public static bool IsSecret(JsonProperty parameter) =>
        parameter.Value.TryGetProperty("type", out var type) && type.GetString() == "securestring";

    public static bool IsDescribed(JsonElement described) =>
        described.TryGetProperty("metadata", out var metadata)
        && metadata.TryGetProperty("description", out var description) && description.GetString() is { Length: > 0 };

    private IEnumerable<JsonProperty> Section(string name) => Json.TryGetProperty(name, out var section) ? section.EnumerateObject() : [];
}

/// <summary>A resource as it would be deployed. What is known only then stays an expression in brackets.</summary>
internal sealed record Resource(JsonElement Json)
{
    public string Type => Json.GetProperty("type").GetString()!;

    /// <summary>The last part of the name, which is its own.</summary>
    public string Name => Json.GetProperty("name").GetString()!.Split('/')[^1];

    public JsonElement Properties => Json.GetProperty("properties");

    /// <summary>The text of a property, by its path. What is true or false reads "true" or "false", objects read as their JSON.</summary>
    public string Text(string path)
    {
        var value = path.Split('.').Aggregate(Properties, (at, name) => at.GetProperty(name));
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }
}
