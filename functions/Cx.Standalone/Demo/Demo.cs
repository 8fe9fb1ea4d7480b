using System.Text;

namespace Cx.Standalone.Demo;

/// <summary>The command <c>demo</c>: the whole system, twelve weeks of a shop against its real doors, and what came of it.</summary>
public static class Demo
{
    /// <returns>0; 1 when anything that was posted is missing or there twice.</returns>
    public static async Task<int> Run(string[] args)
    {
        Console.OutputEncoding = Encoding.UTF8;
        var output = Console.Out;
        var progress = new Cli.Progress();
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. args.Where(a => a != "--exit")]).Build();
        var folder = DemoFolder.Resolve(configuration["Cx:DataFolder"]);
        var season = new Season(DateTimeOffset.UtcNow);

        await output.WriteLineAsync($"The demo keeps its data in {folder}");
        await DemoFolder.Prepare(folder, configuration["Cx:PostgresBin"], season.At(0, 0), progress, CancellationToken.None);
        await using var host = await Start(args, folder, progress);

        var ledger = new Ledger();
        var signing = new Signing();
        using var world = new OutsideWorld(host.Address, host.AdminKey, signing, ledger);
        var (read, ingest) = await Opening.Run(world, signing);
        await Play.Run(season, world, ledger, output, CancellationToken.None);

        var found = await Found.Read(world);
        await new Report(world, ledger, found, output).Write(season);
        var lost = Proof.Lost(season, ledger, found);
        Invitation.WriteProof(lost, ledger, output);
        if (!args.Contains("--exit"))
        {
            Invitation.WriteExplore(host.Address, read, ingest, found, output);
            await host.Stopped;
        }

        return lost.Count == 0 ? 0 : 1;
    }

    // Its own database, its own address in links, and a sender that sends nothing: whatever the environment says about a real installation.
    private static async Task<StandaloneHost> Start(string[] args, string folder, IProgress<string> progress)
    {
        string[] own =
        [
            "--environment", "Development", "--Cx:DevClock", "true", "--Cx:DataFolder", folder, "--Cx:Sender", "local", "--Cx:PublicUrl", "", "--ConnectionStrings:Postgres", "",
            "--Logging:LogLevel:Default", "Error", "--Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host", "None",
        ];
        try
        {
            return await StandaloneHost.Start([.. args.Where(a => a != "--exit"), .. own], progress, CancellationToken.None);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new IOException($"{e.Message} Listen elsewhere: dotnet run --project functions -- demo --urls http://127.0.0.1:8080", e);
        }
    }
}
