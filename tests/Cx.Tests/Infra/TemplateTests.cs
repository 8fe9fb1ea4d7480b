using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>infra-bicep compiles without a warning, and says what it asks for and what it gives back.</summary>
public class TemplateTests
{
    [SkippableFact]
    public void Compiler_and_linter_have_nothing_to_object_to() => Assert.Empty(Infrastructure.Get().Diagnostics);

    [SkippableFact]
    public void Every_file_is_formatted() => Assert.Empty(Infrastructure.Get().Unformatted);

    [SkippableFact]
    public void Every_module_is_used() =>
        Assert.Equal(RepositoryFiles.Bicep.Where(f => Path.GetExtension(f) == ".bicep").Order(), Infrastructure.Get().Files.Order());

    [SkippableFact]
    public void Every_module_parameter_output_and_type_is_described() => Assert.Empty(
        from template in Infrastructure.Get().Templates
        from described in template.Parameters.Concat(template.Outputs).Concat(template.Types).Select(p => (p.Name, p.Value))
            .Prepend((Name: "itself", Value: template.Json))
        where !Template.IsDescribed(described.Value)
        select $"{template.Name}: {described.Name}");

    [SkippableFact]
    public void Every_output_of_a_module_is_read()
    {
        var infrastructure = Infrastructure.Get();
        var main = infrastructure.Template.ToString();

        Assert.Empty(
            from module in infrastructure.Templates.Skip(1)
            from output in module.Outputs
            where !Regex.IsMatch(main, $@"reference\('{module.Name}'\)[^'.]*(\.outputs\.|'outputs', '){output.Name}\b")
            select $"{module.Name}.{output.Name}");
    }

    [SkippableFact]
    public void A_deployment_is_known_before_it_is_made() => Assert.Empty(Infrastructure.Get().Unresolved);

    [SkippableFact]
    public void Parameter_files_assign_all_that_is_required_and_only_what_is_declared()
    {
        var infrastructure = Infrastructure.Get();
        var declared = infrastructure.Templates[0].Parameters.ToList();

        Assert.All(infrastructure.Parameters.Values, assigned =>
        {
            var names = assigned.EnumerateObject().Select(p => p.Name).ToList();
            Assert.Empty(names.Except(declared.Select(p => p.Name)));
            Assert.Empty(declared.Where(Template.IsRequired).Select(p => p.Name).Except(names));
        });
    }
}
