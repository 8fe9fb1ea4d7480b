using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>What a deployment makes: what the app needs, closed to everybody else.</summary>
public partial class ResourceTests
{
    private static readonly string FunctionApp = Path.Combine(RepositoryFiles.Root, "functions", "Cx.FunctionApp");

    /// <summary>Azure's ids of built-in roles.</summary>
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Storage Queue Data Contributor",
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Storage Table Data Contributor",
        ["4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"] = "Azure Service Bus Data Receiver",
        ["69a216fc-b8fb-44d8-bc22-1f3c2cd27a39"] = "Azure Service Bus Data Sender",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
    };

    [SkippableFact]
    public void The_app_and_those_who_may_post_have_these_roles_and_no_others()
    {
        var assigned = Of("Microsoft.Authorization/roleAssignments", Infrastructure.Get().Everything).Select(r =>
            (Who: r.Text("principalId").Contains("/userAssignedIdentities/id-cx-prod'", StringComparison.Ordinal) ? "the app" : r.Text("principalId"),
             Role: Roles[r.Text("roleDefinitionId").Split('/')[^1]],
             On: Scope().Match(r.Json.GetProperty("id").GetString()!).Groups[1].Value));

        Assert.Equal(
            [
                ("11111111-1111-1111-1111-111111111111", "Azure Service Bus Data Sender", "queues/touchpoints"),
                ("the app", "Azure Service Bus Data Receiver", "queues/touchpoints"),
                ("the app", "Key Vault Secrets User", "vaults/kv-cx-prod"),
                ("the app", "Monitoring Metrics Publisher", "components/appi-cx-prod"),
                ("the app", "Storage Blob Data Owner", "storageAccounts/stcxprod"),
                ("the app", "Storage Queue Data Contributor", "storageAccounts/stcxprod"),
                ("the app", "Storage Table Data Contributor", "storageAccounts/stcxprod"),
            ],
            assigned.Select(a => (a.Who, a.Role, NoToken().Replace(a.On, ""))).Order());
    }

    /// <summary>The app creates its queues too; other systems may post before it has started.</summary>
    [SkippableFact]
    public void Every_queue_that_the_app_names_exists()
    {
        var named = QueueNames().Append("touchpoints-poison").Distinct();

        var resources = Infrastructure.Get().Dev;

        Assert.Equal(named.Order(), Names("Microsoft.Storage/storageAccounts/queueServices/queues", resources));
        Assert.Equal(["touchpoints"], Names("Microsoft.ServiceBus/namespaces/queues", resources));
    }

    /// <summary>A transaction left open would stop all views, a statement without end would occupy the server; logs hold no personal data.</summary>
    [SkippableFact]
    public void The_database_bounds_statements_and_transactions_analyses_soon_and_logs_no_values()
    {
        var infrastructure = Infrastructure.Get();

        Assert.All([infrastructure.Dev, infrastructure.Everything], resources => Assert.Equal(
            [
                ("autovacuum_naptime", "15"),
                ("idle_in_transaction_session_timeout", "300000"),
                ("log_error_verbosity", "terse"),
                ("statement_timeout", "600000"),
                ("tcp_keepalives_count", "3"),
                ("tcp_keepalives_idle", "60"),
                ("tcp_keepalives_interval", "10"),
            ],
            Of("Microsoft.DBforPostgreSQL/flexibleServers/configurations", resources).Select(c => (c.Name, c.Text("value"))).Order()));
    }

    [SkippableFact]
    public void Erased_payloads_stay_erased()
    {
        var resources = Infrastructure.Get().Everything;
        var blobs = Assert.Single(Of("Microsoft.Storage/storageAccounts/blobServices", resources));

        Assert.All(
            ["deleteRetentionPolicy.enabled", "isVersioningEnabled", "changeFeed.enabled", "restorePolicy.enabled"],
            path => Assert.Equal("false", blobs.Text(path)));
        Assert.Equal(["app-package", "erasures", "payloads"], Names("Microsoft.Storage/storageAccounts/blobServices/containers", resources));
    }

    [SkippableFact]
    public void Nobody_signs_in_with_a_password_or_an_account_key()
    {
        var infrastructure = Infrastructure.Get();

        Assert.All([infrastructure.Dev, infrastructure.Everything], resources =>
        {
            Assert.Equal("false", Of("Microsoft.Storage/storageAccounts", resources).Single().Text("allowSharedKeyAccess"));
            Assert.Equal("true", Of("Microsoft.ServiceBus/namespaces", resources).Single().Text("disableLocalAuth"));
            Assert.Equal("true", Of("Microsoft.Insights/components", resources).Single().Text("DisableLocalAuth"));
            Assert.Equal("Disabled", Of("Microsoft.DBforPostgreSQL/flexibleServers", resources).Single().Text("authConfig.passwordAuth"));
            Assert.Equal(["false", "false"], Of("Microsoft.Web/sites/basicPublishingCredentialsPolicies", resources).Select(p => p.Text("allow")));
        });
    }

    [SkippableFact]
    public void In_production_only_the_app_is_public()
    {
        var resources = Infrastructure.Get().Everything;

        Assert.Equal("Disabled", Of("Microsoft.Storage/storageAccounts", resources).Single().Text("publicNetworkAccess"));
        Assert.Equal("Disabled", Of("Microsoft.ServiceBus/namespaces", resources).Single().Text("publicNetworkAccess"));
        Assert.Equal("Disabled", Of("Microsoft.KeyVault/vaults", resources).Single().Text("publicNetworkAccess"));
        Assert.Equal("Disabled", Of("Microsoft.DBforPostgreSQL/flexibleServers", resources).Single().Text("network.publicNetworkAccess"));
        Assert.Empty(Of("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules", resources));
        Assert.Equal(5, Of("Microsoft.Network/privateEndpoints", resources).Count());
    }

    [SkippableFact]
    public void The_app_is_no_administrator_of_the_production_database()
    {
        var infrastructure = Infrastructure.Get();

        Assert.Equal(
            [Infrastructure.Environment["CX_DATABASE_ADMIN_ID"]],
            Of("Microsoft.DBforPostgreSQL/flexibleServers/administrators", infrastructure.Everything).Select(a => a.Name));
        Assert.Equal(2, Of("Microsoft.DBforPostgreSQL/flexibleServers/administrators", infrastructure.Dev).Count());
    }

    private static IEnumerable<Resource> Of(string type, IEnumerable<Resource> resources) => resources.Where(r => r.Type == type);

    private static IEnumerable<string> Names(string type, IEnumerable<Resource> resources) => Of(type, resources).Select(r => r.Name).Order();

    private static IEnumerable<string> QueueNames() =>
        from path in Directory.GetFiles(FunctionApp, "*Queue*.cs", SearchOption.AllDirectories)
        where !RepositoryFiles.IsBuilt(path)
        from name in QueueName().Matches(File.ReadAllText(path))
        select name.Groups[1].Value;

    // The last part of the resource that a role is assigned on.
    [GeneratedRegex(@"(\w+/[\w-]+)(', '|/providers/)Microsoft\.Authorization/roleAssignments")]
    private static partial Regex Scope();

    // World-wide names end with a token of the resource group.
    [GeneratedRegex("-?[a-z0-9]{13}$")]
    private static partial Regex NoToken();

    [GeneratedRegex(@"public const string \w+ = ""([a-z-]+)""")]
    private static partial Regex QueueName();
}
