using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>One file of infra-bicep, taken apart as far as plain text goes.</summary>
internal sealed partial class BicepFile
{
    private BicepFile(string path, string text)
    {
        (Path, Text, Code) = (path, text, BicepText.Code(text));
        Declarations = [.. Read()];
    }

    public string Path { get; }

    public string Text { get; }

    /// <summary>The text without comments and the letters of strings, position for position.</summary>
    public string Code { get; }

    public IReadOnlyList<Declaration> Declarations { get; }

    public IEnumerable<Parameter> Parameters => Of("param").Select(d => new Parameter(d.Name, d.Type, d.Code.Contains('='), d.Decorators));

    public IEnumerable<Declaration> Outputs => Of("output");

    public IEnumerable<Module> Modules => Of("module").Select(d => new Module(d.Name, Resolve(d.Text), d.Object("params") ?? new Dictionary<string, string>()));

    /// <summary>Names taken from other files, with the file.</summary>
    public IEnumerable<(string Name, string From)> Imports =>
        from import in Of("import") from name in Words().Matches(Braces().Match(import.Code).Value) select (name.Value, Resolve(import.Text));

    /// <summary>Every <c>module.outputs.name</c> that is read.</summary>
    public IEnumerable<(string Module, string Output)> OutputsRead => OutputRead().Matches(Code).Select(m => (m.Groups[1].Value, m.Groups[2].Value));

    public static BicepFile Open(string path) => new(path, File.ReadAllText(path).ReplaceLineEndings("\n"));

    public IEnumerable<Declaration> Of(string keyword) => Declarations.Where(d => d.Keyword == keyword);

    public override string ToString() => System.IO.Path.GetRelativePath(InfraFiles.Folder, Path);

    private IEnumerable<Declaration> Read()
    {
        var starts = BicepText.Beginnings(Code).ToList();
        var decorators = new List<string>();
        foreach (var (start, end) in starts.Zip([.. starts.Skip(1), Code.Length]))
        {
            if (Code[start] == '@')
                decorators.Add(Text[start..end].Trim());
            else
            {
                yield return new(Text[start..end].TrimEnd(), Code[start..end].TrimEnd(), [.. decorators]);
                decorators.Clear();
            }
        }
    }

    private string Resolve(string declaration) =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, FirstText().Match(declaration).Groups[1].Value));

    [GeneratedRegex(@"'([^']+)'")]
    private static partial Regex FirstText();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Braces();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();

    [GeneratedRegex(@"\b(\w+)!?\.\??outputs\.\??(\w+)")]
    private static partial Regex OutputRead();
}

/// <summary>What is passed to a module, by name, with the text of each value.</summary>
internal sealed record Module(string Symbol, string Path, IReadOnlyDictionary<string, string> Passed);

/// <summary>A parameter as its file declares it.</summary>
internal sealed record Parameter(string Name, string Type, bool HasDefault, IReadOnlyList<string> Decorators)
{
    public bool IsRequired => !HasDefault && !Type.EndsWith('?');

    public bool IsSecure => Decorators.Contains("@secure()");
}

/// <summary>A declaration with the decorators above it.</summary>
internal sealed partial record Declaration(string Text, string Code, IReadOnlyList<string> Decorators)
{
    public string Keyword => Head().Match(Code).Groups[1].Value;

    public string Name => Head().Match(Code).Groups[2].Value;

    /// <summary>What stands between the name and the equals sign.</summary>
    public string Type => Code.Split('=')[0][Head().Match(Code).Length..].Trim();

    public bool IsDescribed => Decorators.Any(d => d.StartsWith("@description('", StringComparison.Ordinal) && d.Length > "@description('')".Length);

    /// <summary>The object under this property, outermost first; null when there is none.</summary>
    public IReadOnlyDictionary<string, string>? Object(string property) =>
        Code.IndexOf($"{property}: {{", StringComparison.Ordinal) is var at and >= 0 ? BicepText.Properties(Text, Code, at + property.Length + 2) : null;

    [GeneratedRegex(@"^([a-z]+)\s*(\w*)", RegexOptions.IgnoreCase)]
    private static partial Regex Head();
}
