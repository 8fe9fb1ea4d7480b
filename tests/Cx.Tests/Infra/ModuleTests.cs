namespace Cx.Tests.Infra;

/// <summary>The files of infra-bicep fit together. What a compiler finds beyond this, the pipeline finds; this is found on every machine.</summary>
public class ModuleTests
{
    [Fact]
    public void Brackets_close() => Assert.All(
        InfraFiles.Bicep.Values.Concat(InfraFiles.ParameterFiles),
        file => Assert.True(BicepText.Unbalanced(file.Code) is null, $"{file}: a bracket of line {BicepText.Unbalanced(file.Code)}"));

    [Fact]
    public void Every_file_referred_to_exists() =>
        Assert.Empty(from use in Uses() where !InfraFiles.Bicep.ContainsKey(use.To) select $"{use.From} refers to {use.To}");

    [Fact]
    public void Every_module_is_used() =>
        Assert.Equal([InfraFiles.Main.Path], InfraFiles.Bicep.Keys.Except(Uses().Select(use => use.To)));

    [Fact]
    public void What_is_imported_is_exported() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        from import in file.Imports
        where !InfraFiles.Bicep[import.From].Declarations.Any(d => d.Name == import.Name && d.Decorators.Contains("@export()"))
        select $"{file} imports {import.Name}");

    [Fact]
    public void What_is_passed_is_declared_and_what_is_required_is_passed() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        from module in file.Modules
        let declared = InfraFiles.Bicep[module.Path].Parameters.ToList()
        from wrong in module.Passed.Keys.Except(declared.Select(p => p.Name)).Select(name => $"passes {name}, which is not declared,")
            .Concat(declared.Where(p => p.IsRequired).Select(p => p.Name).Except(module.Passed.Keys).Select(name => $"does not pass {name}"))
        select $"{file} {wrong} to {module.Symbol}");

    [Fact]
    public void Every_output_that_is_read_exists() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        let modules = file.Modules.ToDictionary(m => m.Symbol, m => InfraFiles.Bicep[m.Path])
        from read in file.OutputsRead
        where !modules.TryGetValue(read.Module, out var module) || module.Outputs.All(o => o.Name != read.Output)
        select $"{file} reads {read.Module}.outputs.{read.Output}");

    [Fact]
    public void Every_output_of_a_module_is_read() => Assert.Empty(
        from module in InfraFiles.Main.Modules
        from output in InfraFiles.Bicep[module.Path].Outputs
        where !InfraFiles.Main.OutputsRead.Contains((module.Symbol, output.Name))
        select $"nobody reads {module.Symbol}.outputs.{output.Name}");

    [Fact]
    public void Every_parameter_is_used() => Assert.Empty(
        from file in InfraFiles.Bicep.Values
        from parameter in file.Parameters
        where file.Declarations.Where(d => d.Name != parameter.Name).All(d => !d.Code.Split(Separators).Contains(parameter.Name))
        select $"{file}: {parameter.Name}");

    private static char[] Separators { get; } = [.. " \n.,:;!?(){}[]=<>&|+-'"];

    private static IEnumerable<(BicepFile From, string To)> Uses() =>
        from file in InfraFiles.Bicep.Values from path in file.Modules.Select(m => m.Path).Concat(file.Imports.Select(i => i.From)) select (file, path);
}
