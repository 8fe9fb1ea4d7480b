using System.Diagnostics;
using System.Globalization;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.Privacy;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>Where a process dies.</summary>
public enum Death
{
    /// <summary>It has taken the message, and not yet claimed an attempt.</summary>
    BeforeClaim,

    /// <summary>The attempt is committed, nothing was said to the relay.</summary>
    AfterClaim,

    /// <summary>The relay answered; the answer is not recorded.</summary>
    AfterAnswer,

    /// <summary>When the test kills it.</summary>
    Elsewhere,
}

/// <summary>A process of its own that sends what is due and is killed (kill -9) while it does: this assembly, started as a program.</summary>
internal static class DoomedProcess
{
    public const string Verb = "send-and-die";

    public static Process Start(Site site, string masterKey, string sender, int port, Death at)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList =
            {
                "exec", typeof(DoomedProcess).Assembly.Location, Verb, site.Connection, masterKey, site.Clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture), sender,
                port.ToString(CultureInfo.InvariantCulture), at.ToString(),
            },
        };
        return Process.Start(start)!;
    }

    public static async Task<int> Run(string[] args)
    {
        var at = Enum.Parse<Death>(args[6]);
        var clock = new HandClock(DateTimeOffset.Parse(args[3], CultureInfo.InvariantCulture));
        ISender real = args[4] == "local" ? new LocalSender() : new SmtpSender(new()
        {
            Host = "127.0.0.1",
            Port = int.Parse(args[5], CultureInfo.InvariantCulture),
            Security = SmtpSecurity.None,
            FromAddress = "shop@bottega.example",
        }, TimeProvider.System);

        var sender = new SenderAround(real, async send =>
        {
            DieIf(at == Death.AfterClaim);
            var result = await send();
            DieIf(at == Death.AfterAnswer);
            return result;
        });
        await using var site = Site.On(args[1], InstallationKeys.FromMasterKey(args[2]), clock, sender, store => new StoreAround(store, (command, transact) =>
        {
            DieIf(at == Death.BeforeClaim && command.Cause == "send");
            return transact();
        }));
        await site.Turn();
        return 0;
    }

    private static void DieIf(bool here)
    {
        if (here)
        {
            Process.GetCurrentProcess().Kill();
        }
    }
}
