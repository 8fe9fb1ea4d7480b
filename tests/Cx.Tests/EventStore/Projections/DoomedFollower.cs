using System.Diagnostics;
using System.Globalization;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cx.Tests.EventStore.Projections;

/// <summary>
/// A process of its own that follows the log, says how far it is, and is killed (kill -9) by its own fold: this assembly, started as a program.
/// </summary>
internal static class DoomedFollower
{
    public const string Verb = "follow-and-die";

    public static Process Start(string connection, int events) => Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
    {
        ArgumentList = { "exec", typeof(DoomedFollower).Assembly.Location, Verb, connection, events.ToString(CultureInfo.InvariantCulture) },
        RedirectStandardOutput = true,
    })!;

    public static async Task<int> Run(string[] args)
    {
        await using var database = NpgsqlDataSource.Create(args[1]);
        var left = int.Parse(args[2], CultureInfo.InvariantCulture);
        var view = new VisitsView(seen: _ =>
        {
            if (--left == 0)
            {
                Process.GetCurrentProcess().Kill();
            }
        });
        await using var daemon = Stores.Daemon(database, new CommitSignal(), [new ViewSubscription(view, database, NullLogger<ViewSubscription>.Instance)]);
        daemon.Moved += (_, position) => Console.WriteLine(position);
        await daemon.StartAsync(CancellationToken.None);
        await Task.Delay(Timeout.InfiniteTimeSpan);
        return 0;
    }
}
