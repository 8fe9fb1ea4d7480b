using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Bench;

/// <summary>One event appended to an existing customer through the store, by one writer and by sixteen for distinct customers, against an INSERT of one event.</summary>
internal static class AppendBench
{
    private const int Customers = 2_000;
    private const int Writers = 16;

    public static async Task Run(Effort effort)
    {
        await using var bench = await BenchHost.Start();
        var ids = await Seeding.Customers(bench, Customers);
        Console.WriteLine($"append: one event to one of {Customers} customers");
        var rows = await RawReference.Capture(bench.Raw);

        var one = await Measure.Run("append through the store, 1 writer", 1, effort, _ => Appender(bench, ids));
        var insert = await Measure.Run("prepared INSERT of one row + commit, 1 connection", 1, effort, _ => RawReference.OneRow(bench.Raw, rows));
        var writer = await RawAppend.Writer(bench.Raw, ids);
        var raw = await Measure.Run("raw statements that write the same rows, 1 connection", 1, effort, _ => writer);
        one.PrintRatioTo(insert, 0.25, "to the one-row INSERT, 1 writer");
        one.PrintRatioTo(raw, null, "to the raw statements, 1 writer");

        var many = await Measure.Run($"append through the store, {Writers} writers", Writers, effort, w => Appender(bench, [.. ids.Where((_, i) => i % Writers == w)]));
        var inserts = await Measure.Run($"prepared INSERT of one row + commit, {Writers} connections", Writers, effort, _ => RawReference.OneRow(bench.Raw, rows));
        many.PrintRatioTo(inserts, 0.40, $"to the one-row INSERT, {Writers} writers");
    }

    // Always news, and the state stays as small as it is: the same few referrals, each told earlier than before.
    private static Func<Task> Appender(BenchHost bench, CustomerId[] customers)
    {
        var number = 0;
        return () =>
        {
            var turn = number++;
            ICustomerEvent[] facts = [new ReferralMade($"referral-{turn / customers.Length % 5}", DateTimeOffset.UnixEpoch.AddYears(50).AddSeconds(-turn))];
            var command = new Command($"append-{turn}", "bench", "bench") { Reads = bench.ReadsOf(facts) };
            return bench.Store.Transact(BenchHost.Shop, new CustomerRef.ById(customers[turn % customers.Length]), command, Recording.Of(facts), default);
        };
    }
}
