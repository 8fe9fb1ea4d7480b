namespace Cx.Tests.Infra;

/// <summary>What is set from outside, and what comes back.</summary>
public class ParameterTests
{
    private static readonly string[] Revealing = ["listKeys", "listAccountSas", "list(", "ConnectionString", "InstrumentationKey", "Password", "getSecret"];

    [Fact]
    public void Every_parameter_and_output_is_described() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        from declaration in file.Of("param").Concat(file.Outputs).Concat(file.Of("type"))
        where !declaration.IsDescribed
        select $"{file}: {declaration.Name}");

    [Fact]
    public void Every_module_says_what_it_is() =>
        Assert.All(InfraFiles.Bicep.Values.Where(f => f.Of("resource").Any() || f.Modules.Any()), f => Assert.Contains(f.Of("metadata"), d => d.Name == "description"));

    [Fact]
    public void What_is_secret_is_secure() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        from parameter in file.Parameters
        where parameter.Name.EndsWith("Key", StringComparison.Ordinal) || parameter.Name.Contains("assword", StringComparison.Ordinal) || parameter.Name.Contains("ecret", StringComparison.Ordinal)
        where !parameter.IsSecure
        select $"{file}: {parameter.Name}");

    [Fact]
    public void A_secret_is_handed_on_to_nothing_but_secure_parameters() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        let secrets = Secrets(file)
        from module in file.Modules
        let secure = Secrets(InfraFiles.Bicep[module.Path])
        from passed in module.Passed
        where secrets.Overlaps(Words(passed.Value)) && !secure.Contains(passed.Key)
        select $"{file} passes a secret as {passed.Key} to {module.Symbol}");

    [Fact]
    public void No_output_is_a_secret() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        let secrets = Secrets(file)
        from output in file.Outputs
        where secrets.Overlaps(Words(output.Code)) || Revealing.Any(word => output.Text.Contains(word, StringComparison.OrdinalIgnoreCase))
        select $"{file}: {output.Name}");

    [Fact]
    public void A_secret_has_no_default_but_nothing() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        from declaration in file.Of("param")
        where declaration.Decorators.Contains("@secure()") && declaration.Text.Contains('=') && !declaration.Text.EndsWith("= ''", StringComparison.Ordinal)
        select $"{file}: {declaration.Name}");

    [Fact]
    public void Parameter_files_assign_what_is_declared_and_all_that_is_required()
    {
        var declared = InfraFiles.Main.Parameters.ToList();

        Assert.Equal(["main.dev.bicepparam", "main.prod.bicepparam"], InfraFiles.ParameterFiles.Select(f => f.ToString()).Order());
        Assert.All(InfraFiles.ParameterFiles, file =>
        {
            var assigned = file.Of("param").Select(d => d.Name).ToList();
            Assert.StartsWith("using 'main.bicep'", file.Text, StringComparison.Ordinal);
            Assert.Empty(assigned.Except(declared.Select(p => p.Name)));
            Assert.Empty(declared.Where(p => p.IsRequired).Select(p => p.Name).Except(assigned));
        });
    }

    [Fact]
    public void Parameter_files_hold_no_secret() => Assert.Empty(
        from file in InfraFiles.ParameterFiles
        from declaration in file.Of("param")
        where Secrets(InfraFiles.Main).Contains(declaration.Name) && !declaration.Text.Contains("= readEnvironmentVariable('", StringComparison.Ordinal)
        select $"{file}: {declaration.Name}");

    private static HashSet<string> Secrets(BicepFile file) => [.. file.Parameters.Where(p => p.IsSecure).Select(p => p.Name)];

    private static string[] Words(string code) => code.Split([.. " \n.,:;!?(){}[]=<>&|+-'$"]);
}
