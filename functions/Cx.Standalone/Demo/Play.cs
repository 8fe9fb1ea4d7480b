using System.Globalization;

namespace Cx.Standalone.Demo;

/// <summary>Lets the season happen, and says so week by week.</summary>
internal static class Play
{
    public static async Task Run(Season season, OutsideWorld world, Ledger ledger, TextWriter output, CancellationToken ct)
    {
        await output.WriteLineAsync();
        await output.WriteLineAsync($"Twelve weeks of the shop 'Terra e Fuoco', {People.All.Count} customers");
        var (told, sent) = (0, 0);
        for (var week = 0; week < Season.Weeks; week++)
        {
            var (begin, end) = (season.At(7 * week, 0), week == Season.Weeks - 1 ? season.End : season.At(7 * (week + 1), 0));
            foreach (var demoEvent in season.Events.Where(h => h.At >= begin && h.At < end))
            {
                ct.ThrowIfCancellationRequested();
                await world.MoveTo(demoEvent.At);
                await demoEvent.Act(world);
            }

            await world.MoveTo(end);
            var orders = season.Purchases.Count(p => p.PlacedAt >= begin && p.PlacedAt < end);
            var messages = (await world.All($"{OutsideWorld.Path}/messages?state=accepted")).Count;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  week {week + 1,2}  from {begin.AddHours(12),6:d MMM}   {orders,2} orders   {ledger.Entries.Count - told,3} deliveries   {messages - sent,2} messages sent"));
            (told, sent) = (ledger.Entries.Count, messages);
        }
    }
}
