using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Bench;

/// <summary>One event appended to an existing customer through the store, one at a time, against the raw statements that write the same rows.</summary>
internal static class AppendBench
{
    private const int Customers = 2_000;

    public static async Task Run()
    {
        await using var bench = await BenchHost.Start();
        var ids = await Seeding.Customers(bench, Customers);
        Console.WriteLine($"append: one event to one of {Customers} customers, one writer");

        var number = 0;
        var ours = await Measure.Run("append through the store", 1, TimeSpan.FromSeconds(8), _ => () => Append(bench, ids[number++ % Customers], number), warmUp: TimeSpan.FromSeconds(6));
        ours.Print();
        var writer = await RawAppend.Writer(bench.Raw, ids);
        var raw = await Measure.Run("raw statements that write the same rows", 1, TimeSpan.FromSeconds(6), _ => writer);
        raw.Print();
        ours.PrintRatioTo(raw, 0.8, "to the raw statements");
    }

    // Always news, and the state stays as small as it is: the same few referrals, each told earlier than before.
    private static Task<Outcome> Append(BenchHost bench, CustomerId id, int number) => bench.Store.Transact(
        BenchHost.Shop, new CustomerRef.ById(id), new Command($"append-{number}", "bench", "bench"),
        Recording.Of([new ReferralMade($"referral-{number / Customers % 5}", DateTimeOffset.UnixEpoch.AddYears(50).AddSeconds(-number))]), default);
}
