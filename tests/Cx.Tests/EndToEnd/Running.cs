using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>A host for the tests of one class, each with a shop of its own.</summary>
public sealed class Running : IAsyncLifetime
{
    internal Installation Host { get; private set; } = null!;

    internal MailServer Smtp { get; } = MailServer.Start();

    internal Tables Tables => Host.Tables;

    public async Task InitializeAsync() => Host = await Installation.Start(smtp: Smtp);

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Smtp.DisposeAsync();
    }

    internal Task<Shop> Open(string name, string sending = "on") => Host.Open(name, sending);
}
