using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Standalone;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cx.Bench;

/// <summary>The real host on a PostgreSQL of its own, both started for one bench and removed after it; requests only, so that nothing else runs beside what is measured.</summary>
internal sealed class BenchHost : IAsyncDisposable
{
    public const string Secret = "bench-secret-of-the-app";

    private readonly string folder = Directory.CreateTempSubdirectory("cx-bench-").FullName;

    private BenchHost()
    {
    }

    public static ShopId Shop { get; } = new("bench");

    public StandaloneHost Host { get; private set; } = null!;

    public IEventStore Store => Host.Services.GetRequiredService<IEventStore>();

    /// <summary>What recording facts reads, as intake declares it.</summary>
    public StateQuery ReadsOf(IReadOnlyList<ICustomerEvent> facts) =>
        StateQuery.Of(GivenIds.Forms(facts, Lookup.GivenId(Host.Services.GetRequiredService<InstallationKeys>(), Shop)));

    /// <summary>Connections for the references written by hand; not the host's own.</summary>
    public NpgsqlDataSource Raw { get; private set; } = null!;

    public static async Task<BenchHost> Start(Sending sending = Sending.Off)
    {
        var bench = new BenchHost();
        bench.Host = await StandaloneHost.Start(
            ["--urls", "http://127.0.0.1:0", "--Cx:Workers", "false", "--Cx:DataFolder", bench.folder, "--Logging:LogLevel:Default", "Error"], new Progress<string>(), CancellationToken.None);
        bench.Raw = NpgsqlDataSource.Create(bench.Host.ConnectionString);
        var settings = new ShopSettings("Bench", "Europe/Rome", ["it"]);
        var now = DateTimeOffset.UtcNow;
        await bench.Store.Update<Domain.Shops.Shop>(
            Shop, Domain.Shops.Shop.StreamKey, _ => [new ShopConfigured(settings, now), new SendingSwitched(sending, now)], default);
        await bench.Host.Services.GetRequiredService<SourceDirectory>().Set(Shop, "shopify", new([Secret], 1_000_000), default);
        return bench;
    }

    public async ValueTask DisposeAsync()
    {
        await Raw.DisposeAsync();
        await Host.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
