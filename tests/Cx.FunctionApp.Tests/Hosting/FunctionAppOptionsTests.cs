using Cx.Application.Configuration;
using Cx.Application.EventStore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>What does not let the Function app start is reported by name.</summary>
public sealed class FunctionAppOptionsTests
{
    private const string Secret = "a-secret-of-the-tests-that-nobody-repeats";

    [Fact]
    public void What_is_missing_is_said_all_at_once()
    {
        var refused = Refused([]);
        foreach (var key in new[] { "ConnectionStrings__Postgres", "Cx__MasterKey", "Cx__AdminKey", "Cx__PublicUrl", "AzureWebJobsStorage" })
        {
            Assert.Contains($"{key}: required", refused, StringComparison.Ordinal);
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
    public void What_is_wrong_is_said_by_name(string key, string value, string named) => Assert.Contains($"{named}: ", Refused(With(key, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Cx:MasterKey", "Cx__MasterKey")]
    [InlineData("ConnectionStrings:Postgres", "ConnectionStrings__Postgres")]
    [InlineData("Cx:Smtp:Password", "Cx__Smtp__Password")]
    public void A_reference_to_the_vault_that_was_not_resolved_is_refused(string key, string named)
    {
        var refused = Refused(With(key, "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/cx)"));
        Assert.Contains($"{named}: a reference to Key Vault that was not resolved", refused, StringComparison.Ordinal);
        Assert.Equal(2, refused.Split('\n').Length);
        Assert.DoesNotContain("vault.example", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_in_several_records_is_said_all_at_once()
    {
        var refused = Refused([new("Cx:AdminKey", "short"), new("Cx:Archive", "tapes"), new("AzureWebJobsStorage", ""), new("Cx:Sender", "smtp"), new("Cx:Smtp:Port", "many"), new("Cx:Smtp:TimeoutSeconds", "0")]);

        foreach (var key in new[] { "Cx__AdminKey", "Cx__Archive", "AzureWebJobsStorage", "Cx__Smtp__Host", "Cx__Smtp__Port", "Cx__Smtp__TimeoutSeconds", "Cx__Smtp__FromAddress" })
        {
            Assert.Single(refused.Split('\n'), line => line.StartsWith($"  {key}: ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void No_value_is_repeated()
    {
        var refused = Refused(With("ConnectionStrings:Postgres", $"Hots=db;Password={Secret}").Append(new("Cx:PublicUrl", Secret)).Append(new("Cx:Archive", Secret)).Append(new("Cx:MasterKey", Secret))
            .Append(new("AzureWebJobsStorage:blobServiceUri", Secret)).Append(new("AzureWebJobsStorage", null)).Append(new("Cx:Smtp:Host", Secret + "/")).Append(new("Cx:Smtp:Port", Secret)));
        Assert.DoesNotContain(Secret, refused, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, Read<FunctionAppOptions>(With("Cx:AdminKey", Secret)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_storage_account_is_named_by_a_connection_string_or_opened_by_the_identity()
    {
        Assert.Equal("UseDevelopmentStorage=true", Read<StorageOptions>([]).ConnectionString);

        KeyValuePair<string, string?>[] byName =
            [new("AzureWebJobsStorage", null), new("AzureWebJobsStorage:accountName", "cxprod"), new("AzureWebJobsStorage:credential", "managedidentity"), new("AzureWebJobsStorage:clientId", "an-id")];
        var storage = Read<StorageOptions>(byName);
        Assert.Equal((null, new Uri("https://cxprod.blob.core.windows.net/"), "an-id"), (storage.ConnectionString, storage.BlobService, storage.ClientId));

        var elsewhere = Read<StorageOptions>([.. byName, new("AzureWebJobsStorage:blobServiceUri", "https://cxprod.blob.core.usgovcloudapi.net")]);
        Assert.Equal(new Uri("https://cxprod.blob.core.usgovcloudapi.net"), elsewhere.BlobService);
        Assert.Contains("AzureWebJobsStorage__credential", Refused([.. byName, new("AzureWebJobsStorage:credential", "password")]), StringComparison.Ordinal);
    }

    [Theory, InlineData("Host=db;Username=cx;Password=p", false), InlineData("Host=db;Username=cx", true)]
    public void Without_a_password_the_database_is_opened_with_a_token(string connection, bool token) =>
        Assert.Equal(token, Read<FunctionAppOptions>(With("ConnectionStrings:Postgres", connection)).SignsInWithToken);

    [Theory, InlineData(null, ArchivePlace.Blobs), InlineData("Postgres", ArchivePlace.Postgres)]
    public void Payloads_go_to_blobs_unless_said_otherwise(string? value, ArchivePlace archive) =>
        Assert.Equal(archive, Read<FunctionAppOptions>(With("Cx:Archive", value)).Archive);

    private static IEnumerable<KeyValuePair<string, string?>> With(string key, string? value) => [new(key, value)];

    private static string Refused(IEnumerable<KeyValuePair<string, string?>> changes)
    {
        var configuration = changes.Any() ? Configuration(changes) : new ConfigurationBuilder().Build();
        return Assert.Throws<InvalidSettingsException>(() => Validate(configuration)).Message;
    }

    private static T Read<T>(IEnumerable<KeyValuePair<string, string?>> changes)
        where T : class
    {
        using var valid = Validate(Configuration(changes));
        return valid.GetRequiredService<IOptions<T>>().Value;
    }

    private static ServiceProvider Validate(IConfiguration configuration) => Settings.Validate(configuration, services => FunctionAppSettings.Add(services, configuration));

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
