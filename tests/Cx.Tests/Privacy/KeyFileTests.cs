using Cx.Application.Privacy;

namespace Cx.Tests.Privacy;

public sealed class KeyFileTests : IDisposable
{
    private readonly Folder folder = new();

    private string Path => folder["data/keys.json"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_first_use_makes_the_keys_and_later_ones_read_them()
    {
        var made = InstallationKeys.LoadOrCreate(Path);

        Assert.Equal(made.Fingerprints, InstallationKeys.LoadOrCreate(Path).Fingerprints);
        Assert.Equal([Path], Directory.GetFiles(folder["data"]));
    }

    [Fact]
    public void Only_its_owner_may_read_it()
    {
        if (OperatingSystem.IsWindows()) return;
        InstallationKeys.LoadOrCreate(Path);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_open_to_others_is_refused_by_its_name(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows()) return;
        InstallationKeys.LoadOrCreate(Path);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        Assert.Contains(Path, Assert.Throws<UnusableKeysException>(() => InstallationKeys.LoadOrCreate(Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"wrapping":[{"version":1,"key":"AAAA"}],"lookup":[],"links":[]}""")]
    [InlineData("""{"wrapping":[{"version":1,"key":"not base64"}]}""")]
    public void A_damaged_file_is_refused_by_its_name_and_never_replaced(string content)
    {
        InstallationKeys.LoadOrCreate(Path);
        File.WriteAllText(Path, content);

        var refused = Assert.Throws<UnusableKeysException>(() => InstallationKeys.LoadOrCreate(Path)).Message;
        Assert.Contains(Path, refused, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("Cx.", refused.Replace(Path, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Path));
    }

    [Fact]
    public void Its_content_serves_as_the_master_key_on_another_server()
    {
        var made = InstallationKeys.LoadOrCreate(Path);

        Assert.Equal(made.Fingerprints, InstallationKeys.FromMasterKey(File.ReadAllText(Path)).Fingerprints);
        var refused = Assert.Throws<UnusableKeysException>(() => InstallationKeys.FromMasterKey(File.ReadAllText(Path)[..40])).Message;
        Assert.Contains("Cx__MasterKey", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_that_start_at_once_all_end_up_with_the_same_keys()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = folder[$"race-{round}/keys.json"];
            var seen = new string[8];
            using var start = new Barrier(seen.Length);
            var threads = Enumerable.Range(0, seen.Length).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                seen[i] = InstallationKeys.LoadOrCreate(path).Fingerprints["wrapping/1"];
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());

            Assert.Single(seen.Distinct());
        }
    }
}
