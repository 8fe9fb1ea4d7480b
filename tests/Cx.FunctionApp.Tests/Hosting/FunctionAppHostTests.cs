using Cx.Application.Configuration;
using Cx.Application.Privacy;
using Cx.Tests.Support;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>What keeps the worker from its first request.</summary>
public sealed class FunctionAppHostTests
{
    [Fact]
    public async Task Without_its_settings_it_does_not_start() =>
        await Assert.ThrowsAsync<InvalidSettingsException>(() => Start(new() { ["Cx:MasterKey"] = Installation.MasterKey }));

    [Fact]
    public async Task A_database_of_a_Standalone_host_is_not_opened_with_another_key()
    {
        await using var standalone = await Installation.Start();
        var settings = PlayedWorker.Settings(standalone.Tables.Connection);
        settings["Cx:MasterKey"] = Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)]);

        // It may end before the host has started, or after.
        await Assert.ThrowsAsync<KeyMismatchException>(async () =>
        {
            await using var worker = await PlayedWorker.Start(settings);
            await worker.Running.WaitAsync(TimeSpan.FromSeconds(30));
        });
    }

    [Fact]
    public async Task A_master_key_that_is_none_is_refused_and_the_setting_named()
    {
        var settings = PlayedWorker.Settings("Host=db");
        settings["Cx:MasterKey"] = "not base64 at all";

        var refused = await Assert.ThrowsAsync<InvalidSettingsException>(() => Start(settings));
        Assert.Contains("Cx__MasterKey", refused.Message, StringComparison.Ordinal);
    }

    private static Task Start(Dictionary<string, string?> settings)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Configuration.AddInMemoryCollection(settings);
        return FunctionAppHost.Run(builder, CancellationToken.None);
    }
}
