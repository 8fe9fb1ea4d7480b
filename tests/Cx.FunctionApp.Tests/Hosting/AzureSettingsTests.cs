using Cx.Application;
using Cx.Application.EventStore;
using Microsoft.Extensions.Configuration;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>What does not let the Azure host start, it says by name.</summary>
public sealed class AzureSettingsTests
{
    private const string Secret = "a-secret-of-the-tests-that-nobody-repeats";

    [Fact]
    public void What_is_missing_is_said_all_at_once()
    {
        var refused = Refused([]);
        foreach (var key in new[] { "ConnectionStrings__Postgres", "Cx__MasterKey", "Cx__AdminKey", "Cx__PublicUrl", "AzureWebJobsStorage" })
        {
            Assert.Contains($"{key} is required", refused, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Cx:AdminKey", "short", "Cx__AdminKey")]
    [InlineData("Cx:PublicUrl", "http://shop.example", "Cx__PublicUrl")]
    [InlineData("Cx:PublicUrl", "shop.example", "Cx__PublicUrl")]
    [InlineData("Cx:Archive", "tapes", "Cx__Archive")]
    [InlineData("Cx:Archive", "7", "Cx__Archive")]
    [InlineData("ConnectionStrings:Postgres", "not a connection string", "ConnectionStrings__Postgres")]
    [InlineData("ConnectionStrings:Postgres", "Database=cx", "ConnectionStrings__Postgres")]
    [InlineData("AzureWebJobsStorage", "", "AzureWebJobsStorage")]
    public void What_is_wrong_is_said_by_name(string key, string value, string named) => Assert.Contains(named, Refused(With(key, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Cx:MasterKey", "Cx__MasterKey")]
    [InlineData("ConnectionStrings:Postgres", "ConnectionStrings__Postgres")]
    [InlineData("Cx:Smtp:Password", "Cx__Smtp__Password")]
    public void A_reference_to_the_vault_that_was_not_resolved_is_refused(string key, string named)
    {
        var refused = Refused(With(key, "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/cx)"));
        Assert.StartsWith($"{named} is a reference to Key Vault that was not resolved", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("is required", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void No_value_is_repeated()
    {
        var refused = Refused(With("ConnectionStrings:Postgres", $"Hots=db;Password={Secret}").Append(new("Cx:PublicUrl", Secret)).Append(new("Cx:Archive", Secret)));
        Assert.DoesNotContain(Secret, refused, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, AzureSettings.Read(Configuration(With("Cx:AdminKey", Secret))).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_storage_account_is_named_by_a_connection_string_or_opened_by_the_identity()
    {
        Assert.Equal("UseDevelopmentStorage=true", AzureSettings.Read(Configuration([])).Storage.ConnectionString);

        KeyValuePair<string, string?>[] byName =
            [new("AzureWebJobsStorage", null), new("AzureWebJobsStorage:accountName", "cxprod"), new("AzureWebJobsStorage:credential", "managedidentity"), new("AzureWebJobsStorage:clientId", "an-id")];
        var storage = AzureSettings.Read(Configuration(byName)).Storage;
        Assert.Equal((null, new Uri("https://cxprod.blob.core.windows.net/"), "an-id"), (storage.ConnectionString, storage.BlobService, storage.ClientId));

        var elsewhere = AzureSettings.Read(Configuration([.. byName, new("AzureWebJobsStorage:blobServiceUri", "https://cxprod.blob.core.usgovcloudapi.net")])).Storage;
        Assert.Equal(new Uri("https://cxprod.blob.core.usgovcloudapi.net"), elsewhere.BlobService);
        Assert.Contains("AzureWebJobsStorage__credential", Refused([.. byName, new("AzureWebJobsStorage:credential", "password")]), StringComparison.Ordinal);
    }

    [Theory, InlineData("Host=db;Username=cx;Password=p", false), InlineData("Host=db;Username=cx", true)]
    public void Without_a_password_the_database_is_opened_with_a_token(string connection, bool token) =>
        Assert.Equal(token, AzureSettings.Read(Configuration(With("ConnectionStrings:Postgres", connection))).SignsInWithToken);

    [Theory, InlineData(null, ArchivePlace.Blobs), InlineData("Postgres", ArchivePlace.Postgres)]
    public void Payloads_go_to_blobs_unless_said_otherwise(string? value, ArchivePlace archive) =>
        Assert.Equal(archive, AzureSettings.Read(Configuration(With("Cx:Archive", value))).Archive);

    private static IEnumerable<KeyValuePair<string, string?>> With(string key, string? value) => [new(key, value)];

    private static string Refused(IEnumerable<KeyValuePair<string, string?>> changes)
    {
        var configuration = changes.Any() ? Configuration(changes) : new ConfigurationBuilder().Build();
        return Assert.Throws<InvalidSettingsException>(() => AzureSettings.Read(configuration)).Message;
    }

    private static IConfiguration Configuration(IEnumerable<KeyValuePair<string, string?>> changes)
    {
        var settings = PlayedWorker.Settings("Host=db");
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }
}
