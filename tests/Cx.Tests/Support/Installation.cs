using System.Globalization;
using Cx.Standalone;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>The Standalone host itself, in this process: Kestrel, workers, a database of its own and a clock that can be moved.</summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string AdminKey = "the-installation-key-of-the-tests";

    /// <summary>Where recipients would reach it, through a proxy of somebody else's.</summary>
    public const string PublicUrl = "https://cx.bottega.example/";

    public static readonly string MasterKey = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);

    private readonly TestFolder folder;
    private readonly StandaloneHost host;

    private Installation(TestFolder folder, StandaloneHost host, string database)
    {
        this.folder = folder;
        this.host = host;
        Tables = new Tables(database);
    }

    public Uri Address => host.Address;

    /// <summary>The database behind its back.</summary>
    public Tables Tables { get; }

    public IServiceProvider Services => host.Services;

    /// <param name="database">An existing one; else a new one.</param>
    /// <param name="way">By which other connection string the host is to reach it.</param>
    public static async Task<Installation> Start(string? database = null, MailServer? smtp = null, string? way = null)
    {
        database ??= await Database.Prepared();
        var folder = TestFolder.Create();
        var host = await StandaloneHost.Start(Arguments(way ?? database, folder.Data.Path, smtp), new Progress<string>(), CancellationToken.None);
        return new(folder, host, database);
    }

    public static string[] Arguments(string database, string folder, MailServer? smtp = null, string masterKey = "", string environment = "Development") =>
    [
        "--ConnectionStrings:Postgres", new NpgsqlConnectionStringBuilder(database) { IncludeErrorDetail = false }.ConnectionString,
        "--Cx:MasterKey", masterKey.Length > 0 ? masterKey : MasterKey,
        "--Cx:AdminKey", AdminKey,
        "--Cx:DevClock", "true",
        "--Cx:DataFolder", folder,
        "--Cx:PublicUrl", PublicUrl,
        "--environment", environment,
        "--urls", "http://127.0.0.1:0",
        .. smtp is null ? (IEnumerable<string>)[] :
        [
            "--Cx:Smtp:Host", "127.0.0.1",
            "--Cx:Smtp:Port", smtp.Port.ToString(CultureInfo.InvariantCulture),
            "--Cx:Smtp:Security", "none",
            "--Cx:Smtp:FromAddress", "ciao@bottega.example",
        ],
    ];

    /// <summary>A new shop, connected to every source and switched on.</summary>
    public Task<Shop> Open(string name, string sending = "on") => Shop.Open(Address, name, sending);

    /// <summary>Stops the host as Ctrl-C does.</summary>
    public async Task Stop() => await host.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await Tables.DisposeAsync();
        folder.Dispose();
    }
}
