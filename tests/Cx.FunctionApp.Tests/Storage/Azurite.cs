using System.Diagnostics;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Cx.Tests.Support;

namespace Cx.FunctionApp.Tests.Storage;

[CollectionDefinition(nameof(Azurite))]
public sealed class AzuriteTests : ICollectionFixture<Azurite>;

/// <summary>
/// Azurite in place of Azure's storage: one process on free ports of the loopback address, an account of its own for each test. It is looked for in the
/// folder that CX_TESTS_AZURITE names, else where .ci/run installs it; without it or without Node, tests that ask for an account are skipped.
/// </summary>
public sealed partial class Azurite : IAsyncLifetime, IDisposable
{
    // Azurite learns its accounts when it starts.
    private const int Accounts = 200;

    // Ends Azurite in order, its data saved, when the input closes: so it also ends with a test run that is killed.
    private const string Script = "process.stdin.resume().on('end', () => process.emit('SIGTERM')); require(process.argv[1])";

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private static readonly string Key = Convert.ToBase64String("key of the tests"u8);

    private readonly TestFolder folder = TestFolder.Create();
    private readonly int[] ports = [0, 0, 0];
    private Process? process;
    private string? whyNot;
    private int used;

    public async Task InitializeAsync()
    {
        try
        {
            whyNot = File.Exists(Program) ? null : $"{Program} does not exist: .ci/run installs Azurite";
            if (whyNot is null)
            {
                await Start();
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            whyNot = $"Node does not start: {e.Message}";
        }
    }

    public async Task DisposeAsync() => await Stop();

    public void Dispose() => folder.Dispose();

    /// <summary>An empty account; the calling test is skipped where there is no Azurite.</summary>
    internal StorageAccount Account()
    {
        Skip.If(whyNot is not null, whyNot);
        var number = Interlocked.Increment(ref used);
        Assert.True(number < Accounts, "More accounts are needed.");
        return new($"account{number}", Key, ports[0], ports[1]);
    }

    /// <summary>Starts Azurite, after <see cref="Stop"/> on the same ports and with the same data.</summary>
    internal async Task Start()
    {
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = folder.Data.Path };
        start.Environment["AZURITE_ACCOUNTS"] = string.Join(';', Enumerable.Range(1, Accounts).Select(i => $"account{i}:{Key}"));
        string[] arguments =
        [
            "-e", Script, "--", Program, "--location", Path.Combine(folder.Data.Path, "azurite"), "--skipApiVersionCheck", "--disableTelemetry",
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1",
            "--blobPort", $"{ports[0]}", "--queuePort", $"{ports[1]}", "--tablePort", $"{ports[2]}",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        process = Process.Start(start)!;
        using var tooLong = new CancellationTokenSource(Timeout);
        for (var listening = 0; listening < ports.Length;)
        {
            var line = await process.StandardOutput.ReadLineAsync(tooLong.Token) ?? throw new InvalidOperationException("Azurite has ended.");
            if (Listening().Match(line) is { Success: true } match)
            {
                ports[listening++] = int.Parse(match.Groups[1].Value, null);
            }
        }

        // It writes a line for each request, and would wait for a reader.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
    }

    internal async Task Stop()
    {
        if (process is not { } running)
        {
            return;
        }

        process = null;
        using (running)
        using (var tooLong = new CancellationTokenSource(Timeout))
        {
            running.StandardInput.Close();
            try
            {
                await running.WaitForExitAsync(tooLong.Token);
            }
            catch (OperationCanceledException)
            {
                running.Kill();
                throw;
            }
        }
    }

    private static string Program
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
                ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            var installed = Environment.GetEnvironmentVariable("CX_TESTS_AZURITE") is { Length: > 0 } given
                ? given : Path.Combine(cache, "cx-serverless", "azurite-3.37.0");
            return Path.Combine(installed, "node_modules", "azurite", "dist", "src", "azurite.js");
        }
    }

    // The services start one after the other: blobs, queues, tables.
    [GeneratedRegex(@"successfully listening at http://127\.0\.0\.1:(\d+)$")]
    private static partial Regex Listening();
}

/// <summary>A storage account of its own for one test.</summary>
internal sealed record StorageAccount(string Name, string Key, int BlobPort, int QueuePort)
{
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Name};AccountKey={Key};"
        + $"BlobEndpoint=http://127.0.0.1:{BlobPort}/{Name};QueueEndpoint=http://127.0.0.1:{QueuePort}/{Name}";

    /// <param name="retries">More than the client's own attempts; a test of an absent account waits for none.</param>
    public BlobServiceClient Blobs(int retries = 3, Action<BlobClientOptions>? configure = null)
    {
        var options = new BlobClientOptions { Retry = { MaxRetries = retries, Delay = TimeSpan.FromMilliseconds(10) } };
        configure?.Invoke(options);
        return new(ConnectionString, options);
    }

    public BlobAccount Account(bool makesContainers = true, int retries = 3) => new(Blobs(retries), makesContainers);

    public QueueClient Queue(string name, QueueMessageEncoding encoding = QueueMessageEncoding.None, int retries = 3) =>
        new(ConnectionString, name, new() { MessageEncoding = encoding, Retry = { MaxRetries = retries, Delay = TimeSpan.FromMilliseconds(10) } });

    /// <summary>The names in a container, and what each blob holds.</summary>
    public async Task<Dictionary<string, byte[]>> Contents(string container)
    {
        var client = Blobs().GetBlobContainerClient(container);
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await foreach (var blob in client.GetBlobsAsync(new(), default))
        {
            contents[blob.Name] = (await client.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToArray();
        }

        return contents;
    }
}
