using Cx.Tests.Support;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>Both hosts on one database.</summary>
public sealed class TwoHosts : IAsyncLifetime
{
    internal Installation Standalone { get; private set; } = null!;

    internal PlayedWorker Worker { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Standalone = await Installation.Start();
        Worker = await PlayedWorker.Start(PlayedWorker.Settings(Standalone.Tables.Connection));
    }

    public async Task DisposeAsync()
    {
        await Worker.DisposeAsync();
        await Standalone.DisposeAsync();
    }
}
