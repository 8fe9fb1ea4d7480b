using System.Diagnostics;
using System.Text.Json;
using Cx.Application.Configuration;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Standalone;
using Cx.Tests.Support;

namespace Cx.Tests.Standalone;

/// <summary>The program as it is called from a shell.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("dmeo", "'dmeo' is neither a command nor an option.")]
    [InlineData("serve extra", "'extra' is neither a command nor an option.")]
    [InlineData("demo --exti", "'--exti' is neither a command nor an option.")]
    [InlineData("--Cx:Workers", "'--Cx:Workers' has no value.")]
    [InlineData("--urls", "--urls")]
    [InlineData("--urls nowhere", "'nowhere' is not an address")]
    [InlineData("simulate", "simulate")]
    [InlineData("simulate no-such-file.json", "no-such-file.json")]
    [InlineData("simulate cadence.json --sample many", "many")]
    public async Task Unknown_words_are_refused_with_a_hint(string words, string message)
    {
        var (code, output, errors) = await Run(words.Split(' '));

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Contains("--help", errors, StringComparison.Ordinal);
    }

    [Theory, InlineData("--help"), InlineData("demo --help"), InlineData("simulate --help")]
    public async Task Help_lists_every_setting_of_this_host(string words)
    {
        var (code, output, _) = await Run(words.Split(' '));

        Assert.Equal(0, code);
        Assert.Contains("--urls", output, StringComparison.Ordinal);
        Assert.All(StandaloneSettings.Records.SelectMany(Settings.Of), s => Assert.Contains($"  {s.Key} ", output, StringComparison.Ordinal));
        AssertPlain(output);
    }

    [Fact]
    public async Task Wrong_settings_end_the_program_with_one_readable_text()
    {
        var (code, output, errors) = await Run("--Cx:Workers", "perhaps", "--Cx:Smtp:Host", "relay example", "--Cx:AdminKey=short");

        Assert.Equal((2, ""), (code, output));
        Assert.All(["Cx__Workers: ", "Cx__Smtp__Host: ", "Cx__Smtp__FromAddress: ", "Cx__PublicUrl: ", "Cx__AdminKey: "], key => Assert.Contains(key, errors, StringComparison.Ordinal));
        Assert.All(["perhaps", "relay example", "short", "   at "], text => Assert.DoesNotContain(text, errors, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_demo_ends_well_and_prints_plain_lines_where_there_is_no_terminal()
    {
        using var folder = TestFolder.Create();
        var data = folder.Data.Path;
        folder.Data.Dispose();   // The demo takes an empty folder, and locks it itself.
        File.Delete(Path.Combine(data, "lock"));
        File.Delete(Path.Combine(data, "lock.pid"));
        var binaries = (await Database.Settings()).Binaries!;

        var (code, output, errors) = await Run("demo", "--exit", "--urls", "http://127.0.0.1:0", "--Cx:DataFolder", data, "--Cx:PostgresBin", binaries);

        Assert.True(code == 0, output + errors);
        Assert.Contains("Nothing lost: ", output, StringComparison.Ordinal);
        Assert.Contains("week 12", output, StringComparison.Ordinal);
        AssertPlain(output);
    }

    [Fact]
    public async Task A_cadence_is_simulated_in_the_data_folder_and_by_a_running_instance()
    {
        var database = await Database.Prepared();
        using var folder = TestFolder.Create();
        var file = Path.Combine(folder.Data.Path, "post-sale.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(DefaultCadences.PostSale, EventCatalog.Json).Replace("\"days\":7", "\"days\":30", StringComparison.Ordinal));
        var wrong = Path.Combine(folder.Data.Path, "wrong.json");
        await File.WriteAllTextAsync(wrong, """{"slug": "post-sale", "name": "", "steps": []}""");
        string[] own = ["--ConnectionStrings:Postgres", database, "--Cx:MasterKey", Installation.MasterKey, "--Cx:AdminKey", Installation.AdminKey, "--Cx:DataFolder", folder.Data.Path];
        await using (var host = await Installation.Start(database))
        {
            using var shop = await host.Open("bottega");
            await EndToEnd.FollowUpTests.Deliver(shop, "ada@simulate.example", 931);
            await shop.Advance("P8D");

            var (ran, table, _) = await Run("simulate", file, "--urls", host.Address.AbsoluteUri, "--key", Installation.AdminKey, "--to", (await shop.Now()).ToString("O"));
            Assert.Equal(0, ran);
            Assert.Contains("post-sale/review-request", table, StringComparison.Ordinal);
            Assert.Contains("1 → 0", table, StringComparison.Ordinal);
            Assert.Contains("1 of 1 customers are treated differently", table, StringComparison.Ordinal);
            AssertPlain(table);
        }

        var (code, output, errors) = await Run(["simulate", file, "--to", DateTimeOffset.UtcNow.AddDays(9).ToString("O"), .. own]);
        Assert.True(code == 2 && errors.Contains("/to: is in the future", StringComparison.Ordinal), output + errors);
        (code, output, errors) = await Run(["simulate", file, "--shop", "bottega", .. own]);
        Assert.True(code == 0 && output.Contains("post-sale/thank-you", StringComparison.Ordinal), output + errors);
        (code, output, errors) = await Run(["simulate", wrong, .. own]);
        Assert.True(code == 2 && errors.Contains("/name: ", StringComparison.Ordinal), output + errors);
    }

    private static void AssertPlain(string output) => Assert.DoesNotContain(output, c => char.IsControl(c) && c is not '\n' and not '\r');

    private static async Task<(int Code, string Output, string Errors)> Run(params string[] words)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(StandaloneHost).Assembly.Location, .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GITHUB_ACTIONS"] = "true";   // Where colours are allowed although nothing is a terminal.
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
