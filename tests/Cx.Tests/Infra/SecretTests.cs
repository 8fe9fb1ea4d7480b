using System.Text.Json;

namespace Cx.Tests.Infra;

/// <summary>Secrets go into the vault, and nowhere else.</summary>
public class SecretTests
{
    private static readonly string[] Revealing =
        ["listKeys", "listAccountSas", "list(", "ConnectionString", "InstrumentationKey", "Password", "getSecret"];

    [SkippableFact]
    public void What_is_secret_is_a_secure_parameter_without_a_value_of_its_own() => Assert.Empty(
        from template in Infrastructure.Get().Templates
        from parameter in template.Parameters
        let named = parameter.Name.EndsWith("Key", StringComparison.Ordinal)
            || parameter.Name.Contains("assword", StringComparison.Ordinal) || parameter.Name.Contains("ecret", StringComparison.Ordinal)
        where named != Template.IsSecret(parameter)
            || (named && parameter.Value.TryGetProperty("defaultValue", out var value) && value.GetString() != "")
        select $"{template.Name}: {parameter.Name}");

    [SkippableFact]
    public void Parameter_files_take_secrets_from_the_environment()
    {
        var infrastructure = Infrastructure.Get();

        var secrets = Secrets(infrastructure);
        var assigned = infrastructure.Parameters.Values.SelectMany(p => p.EnumerateObject()).Where(p => secrets.Contains(p.Name)).ToList();

        Assert.Equal(secrets.Order(), assigned.Select(p => p.Name).Distinct().Order());
        Assert.All(assigned, p => Assert.Equal("secret-of-" + p.Name, p.Value.GetProperty("value").GetString()));
    }

    /// <summary>A secret is passed on as the parameter that holds it, or would stand there with its value.</summary>
    [SkippableFact]
    public void A_secret_reaches_nothing_but_the_vault()
    {
        var infrastructure = Infrastructure.Get();
        var reached = infrastructure.Everything.Where(r => Reveals(infrastructure, r.Json.ToString())).ToList();

        Assert.All(reached, r => Assert.Equal("Microsoft.KeyVault/vaults/secrets", r.Type));
        Assert.Equal(Secrets(infrastructure).Count, reached.Count);
    }

    [SkippableFact]
    public void No_output_is_a_secret()
    {
        var infrastructure = Infrastructure.Get();

        Assert.Empty(
            from template in infrastructure.Templates
            from output in template.Outputs
            let value = output.Value.GetProperty("value").ToString()
            where Reveals(infrastructure, value) || Revealing.Any(word => value.Contains(word, StringComparison.OrdinalIgnoreCase))
            select $"{template.Name}: {output.Name}");
    }

    private static bool Reveals(Infrastructure infrastructure, string text) => Secrets(infrastructure).Any(secret =>
        text.Contains($"parameters('{secret}')", StringComparison.Ordinal) || text.Contains("secret-of-" + secret, StringComparison.Ordinal));

    private static List<string> Secrets(Infrastructure infrastructure) =>
        [.. infrastructure.Templates[0].Parameters.Where(Template.IsSecret).Select(p => p.Name)];
}
