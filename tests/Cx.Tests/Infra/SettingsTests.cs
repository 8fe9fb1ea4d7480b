using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>The settings of the Azure host: every one the code reads is set, and every one that is set is read.</summary>
public partial class SettingsTests
{
    /// <summary>Keys of the sample that Azure does without, each with the reason.</summary>
    private static readonly Dictionary<string, string> NotInAzure = new()
    {
        ["Cx__DataFolder"] = "Standalone keeps keys and its register in a folder; Azure has the vault and a container",
        ["Cx__PostgresBin"] = "only Standalone starts a PostgreSQL",
        ["Cx__DevClock"] = "no clock is moved where real customers are",
        ["Cx__Dns__Servers"] = "the platform's name servers are asked",
        ["Cx__Workers"] = "in Azure triggers wake, fold and send",
        ["AzureWebJobsStorage__blobServiceUri"] = "it follows from the account's name",
        ["AzureWebJobs.touchpointsFromServiceBus.Disabled"] = "there is a Service Bus",
        ["FUNCTIONS_WORKER_RUNTIME"] = "functionAppConfig says it on Flex Consumption, which refuses the setting",
    };

    /// <summary>Keys that are one connection string on a developer's machine, and an identity in Azure.</summary>
    private static readonly string[] Connections = ["AzureWebJobsStorage", "ServiceBus"];

    /// <summary>Settings that no line of ours reads: those of the Service Bus trigger.</summary>
    private static readonly string[] ReadByOthers = ["ServiceBus__fullyQualifiedNamespace", "ServiceBus__credential", "ServiceBus__clientId"];

    private static readonly IReadOnlyList<string> Sample = RepositoryFiles.SampleSettings;

    private static readonly IReadOnlyList<string> InSources =
        [.. RepositoryFiles.Sources.SelectMany(text => Key().Matches(text)).Select(m => m.Value).Distinct()];

    [Fact]
    public void The_sample_lists_every_key_that_the_code_names() =>
        Assert.Empty(InSources.Except(Sample).Order());

    [SkippableFact]
    public void Every_setting_that_the_code_reads_is_set() =>
        Assert.Empty(Sample.Union(InSources).Except(NotInAzure.Keys).Except(Connections).Except(Set().Keys).Order());

    [SkippableFact]
    public void Every_setting_that_is_set_is_read() =>
        Assert.Empty(Set().Keys.Except(InSources).Except(ReadByOthers).Order());

    [SkippableFact]
    public void What_standalone_alone_reads_is_not_set() =>
        Assert.Empty(Set().Keys.Intersect(NotInAzure.Keys));

    /// <summary>A setting whose parameter goes nowhere would be read as empty: here every parameter has a value.</summary>
    [SkippableFact]
    public void No_setting_is_empty_when_every_parameter_is_given() =>
        Assert.Empty(Set().Where(s => s.Value.Length == 0).Select(s => s.Key));

    [SkippableFact]
    public void Connections_are_made_by_identity()
    {
        var set = Set();

        Assert.All(Connections, connection =>
        {
            Assert.DoesNotContain(connection, set.Keys);
            Assert.Equal("managedidentity", set[connection + "__credential"]);
            Assert.Contains("/userAssignedIdentities/id-cx-prod', ", set[connection + "__clientId"], StringComparison.Ordinal);
        });
    }

    [SkippableFact]
    public void Nothing_is_set_that_flex_consumption_refuses() =>
        Assert.DoesNotMatch(
            @"\b(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_\w+|linuxFxVersion|AzureWebJobsDashboard)\b",
            Infrastructure.Get().Template.ToString());

    [SkippableFact]
    public void Secrets_come_from_the_vault_which_holds_them()
    {
        var inVault = Infrastructure.Get().Everything.Where(r => r.Type == "Microsoft.KeyVault/vaults/secrets").Select(r => r.Name);
        var secret = Set().Where(s => s.Key.EndsWith("Key", StringComparison.Ordinal)
            || s.Key.Contains("Password", StringComparison.Ordinal) || s.Key.Contains("Secret", StringComparison.Ordinal)).ToList();

        Assert.All(secret, s => Assert.StartsWith("[format('@Microsoft.KeyVault(SecretUri={0}secrets/{1})', ", s.Value, StringComparison.Ordinal));
        Assert.Equal(inVault.Order(), secret.Select(s => SecretName().Match(s.Value).Groups[1].Value).Order());
    }

    [SkippableFact]
    public void The_database_is_reached_with_a_token_and_over_a_verified_connection()
    {
        Assert.DoesNotContain("Password", Set()["ConnectionStrings__Postgres"], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("SSL Mode=VerifyFull", Set()["ConnectionStrings__Postgres"], StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Set() =>
        Infrastructure.Get().Everything.Single(r => r.Type == "Microsoft.Web/sites/config").Properties
            .EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);

    // Cx__Smtp__* in a comment is a family; a key ends with a letter.
    [GeneratedRegex(@"(?<=\[Setting\("")\w+|\bCx(__[A-Z][A-Za-z]*)+\b(?!__)")]
    private static partial Regex Key();

    [GeneratedRegex(@", '(cx-[a-z-]+)'\)\]$")]
    private static partial Regex SecretName();
}
