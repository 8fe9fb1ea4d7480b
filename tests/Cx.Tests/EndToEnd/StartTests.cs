using Cx.Application.Configuration;
using Cx.Application.Privacy;
using Cx.Standalone;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>A host that cannot start names the setting at fault.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TestFolder folder = TestFolder.Create();

    [Fact]
    public async Task A_database_without_the_master_key_is_refused_and_the_setting_named()
    {
        var arguments = Installation.Arguments("Host=127.0.0.1;Port=1", folder.Data.Path);
        arguments[Array.IndexOf(arguments, "--Cx:MasterKey") + 1] = "";
        var refused = await Assert.ThrowsAsync<InvalidSettingsException>(() => Start(arguments));
        Assert.Contains("Cx__MasterKey", refused.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("AAAA"), InlineData("not base64 at all")]
    public async Task An_invalid_master_key_is_refused_and_the_setting_named(string key)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => Start(Installation.Arguments("Host=127.0.0.1;Port=1", folder.Data.Path, masterKey: key)));
        Assert.Contains("Cx__MasterKey", refused.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(""), InlineData("nineteen-characters")]
    public async Task An_admin_key_that_is_too_short_opens_nothing(string key)
    {
        var arguments = Installation.Arguments("Host=127.0.0.1;Port=1", folder.Data.Path);
        arguments[Array.IndexOf(arguments, "--Cx:AdminKey") + 1] = "";
        await File.WriteAllTextAsync(Path.Combine(folder.Data.Path, "admin-key"), key + "\n");
        var refused = await Assert.ThrowsAsync<InvalidSettingsException>(() => Start(arguments));
        Assert.Contains("Cx__AdminKey: the file admin-key", refused.Message, StringComparison.Ordinal);

        if (key.Length > 0)
        {
            arguments[Array.IndexOf(arguments, "--Cx:AdminKey") + 1] = key;
            Assert.Contains("Cx__AdminKey: it opens everything", (await Assert.ThrowsAsync<InvalidSettingsException>(() => Start(arguments))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Everything_wrong_is_told_at_once_before_anything_is_started()
    {
        string[] arguments =
        [
            "--Cx:DataFolder", Path.Combine(folder.Data.Path, "untouched"), "--Cx:AdminKey", "short-secret", "--Cx:MasterKey", "a-secret", "--Cx:Workers", "perhaps", "--Cx:Sender", "smtp",
            "--Cx:Smtp:Port", "many", "--Cx:Smtp:Password", "a-secret",
        ];
        var refused = (await Assert.ThrowsAsync<InvalidSettingsException>(() => Start(arguments))).Message;

        foreach (var key in new[] { "Cx__AdminKey", "Cx__MasterKey", "Cx__Workers", "Cx__PublicUrl", "Cx__Smtp__Host", "Cx__Smtp__Port", "Cx__Smtp__User", "Cx__Smtp__FromAddress" })
        {
            Assert.Single(refused.Split('\n'), line => line.StartsWith($"  {key}: ", StringComparison.Ordinal));
        }

        Assert.DoesNotContain("secret", refused, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Data.Path, "untouched")));
    }

    [Fact]
    public async Task A_master_key_other_than_the_database_s_is_refused()
    {
        await using var host = await Installation.Start();
        var other = Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)]);
        await Assert.ThrowsAsync<KeyMismatchException>(() => Start(Installation.Arguments(host.Tables.Connection, folder.Data.Path, masterKey: other)));
    }

    [Fact]
    public async Task A_movable_clock_is_refused_in_Production()
    {
        var refused = await Assert.ThrowsAsync<InvalidSettingsException>(() => Start(Installation.Arguments("Host=127.0.0.1;Port=1", folder.Data.Path, environment: "Production")));
        Assert.Contains("Cx__DevClock", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static Task<StandaloneHost> Start(string[] arguments) => StandaloneHost.Start(arguments, new Progress<string>(), CancellationToken.None);
}
