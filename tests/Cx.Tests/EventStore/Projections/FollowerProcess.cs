using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cx.Tests.EventStore.Projections;

/// <summary>A process of its own that follows the log and says how far it is, for a test that kills it: this assembly, started as a program.</summary>
internal static class FollowerProcess
{
    public const string Verb = "follow";

    public static Process Start(string connection) => Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
    {
        ArgumentList = { "exec", typeof(FollowerProcess).Assembly.Location, Verb, connection },
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public static async Task<int> Run(string[] args)
    {
        await using var database = NpgsqlDataSource.Create(args[1]);
        await using var daemon = Stores.Daemon(database, new CommitSignal(), [new ViewSubscription(new VisitsView(), database, NullLogger<ViewSubscription>.Instance)]);
        daemon.Moved += (_, position) => Console.WriteLine(position);
        await daemon.StartAsync(CancellationToken.None);
        await Console.In.ReadToEndAsync(); // until it is killed, or the test that started it has ended
        return 0;
    }
}
