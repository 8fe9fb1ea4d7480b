using Cx.Application.FollowUps.Templates;
using Cx.Tests.Infra;

namespace Cx.Tests.FollowUps.Templates;

/// <summary>The document of the templates lists every field, helper and partial as they are.</summary>
public class TemplateDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "functions/Cx.Application/FollowUps/Templates/README.md"));

    [Fact]
    public void Every_field_is_listed() => Assert.Equal(string.Join('\n', Rows(TemplateFields.All, "")), Table("Fields"));

    [Fact]
    public void Every_helper_is_listed() => Assert.Equal(
        string.Join('\n', TemplateHelpers.All.Select(h => $"| `{h.Name}` | {Name(h.Takes)} | {h.Description} `{h.Example.Split("}}: ")[0]}}}}}` gives {h.Example.Split("}}: ")[1]} |")), Table("Helpers"));

    private static IEnumerable<string> Rows(IEnumerable<TemplateField> fields, string within) => fields.SelectMany(f =>
        Rows(f.Of ?? [], f.Type == FieldType.List ? $"{within}{f.Name}[]." : $"{within}{f.Name}.").Prepend($"| `{within}{f.Name}` | {Name(f.Type)}{(f.IsOptional ? ", optional" : "")} | {f.Description} |"));

    private static string Name(FieldType type) => type.ToString().ToLowerInvariant();

    private static string Table(string heading) =>
        string.Join('\n', Document.Split($"## {heading}\n")[1].Split("\n## ")[0].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)));
}
