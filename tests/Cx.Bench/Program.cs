using System.CommandLine;
using Cx.Bench;
using Cx.Bench.Soak;

var isShort = new Option<bool>("--short") { Description = "Measures briefly, to see that it works: the figures say little.", Recursive = true };
var touchpoints = new Option<int>("--touchpoints") { Description = "How many of one sort the customer with many has.", DefaultValueFactory = _ => 10_000 };
var events = new Option<long>("--events") { Description = "How many events the large installation has.", DefaultValueFactory = _ => 1_000_000 };
var customers = new Option<int>("--customers") { Description = "How many customers are invented.", DefaultValueFactory = _ => 1_000 };
var kills = new Option<int>("--kills") { Description = "How often the host is killed.", DefaultValueFactory = _ => 50 };
var minutes = new Option<double>("--minutes") { Description = "How long the host is under load.", DefaultValueFactory = _ => 10 };

(string Name, string Description, Func<Effort, Task> Run)[] plain =
[
    ("ingest", "Signed webhooks over HTTP.", IngestBench.Run),
    ("append", "One event through the store.", AppendBench.Run),
    ("read", "One stream.", ReadBench.Run),
    ("wake", "Due follow-ups.", WakeBench.Run),
    ("views", "An asynchronous view.", ViewsBench.Run),
];
var root = new RootCommand("Measures the event store and the hosts. Without a command everything is measured briefly.") { isShort };
foreach (var (name, description, run) in plain)
{
    var command = new Command(name, description);
    command.SetAction((parsed, _) => run(EffortOf(parsed)));
    root.Add(command);
}

var items = new Command("items", "A further touchpoint for a customer with many, against one with ten.") { touchpoints };
items.SetAction((parsed, _) => ItemsBench.Run(parsed.GetValue(touchpoints), EffortOf(parsed)));
root.Add(items);

var scale = new Command("scale", "The same work in a small installation and in a large one.") { events };
scale.SetAction((parsed, _) => ScaleBench.Run(parsed.GetValue(events), EffortOf(parsed)));
root.Add(scale);

var memory = new Command("memory", "The resident memory of a host.") { minutes };
memory.SetAction((parsed, _) => MemoryBench.Run(parsed.GetValue(minutes)));
root.Add(memory);

var buyers = new Option<int>("--customers") { Description = "How many customers the log is of, with some ten events each.", DefaultValueFactory = _ => 100_000 };
var simulate = new Command("simulate", "A draft simulated over the log of a shop.") { buyers };
simulate.SetAction((parsed, _) => SimulateBench.Run(parsed.GetValue(buyers), EffortOf(parsed)));
root.Add(simulate);

var soak = new Command("soak", "A year of seven competing cadences with a host that is killed at random, against an undisturbed one.") { customers, kills };
soak.SetAction((parsed, _) => SoakBench.Run(parsed.GetValue(customers), parsed.GetValue(kills)));
root.Add(soak);

var due = new Option<int>("--customers") { Description = "How many customers have something due.", DefaultValueFactory = _ => 100_000 };
var forecast = new Command("forecast", "What is to go out in two weeks.") { due };
forecast.SetAction((parsed, _) => ForecastBench.Run(parsed.GetValue(due), EffortOf(parsed)));
root.Add(forecast);

root.SetAction(async (_, _) =>
{
    foreach (var (_, _, run) in plain)
        await run(Effort.Short);
    await ItemsBench.Run(1_000, Effort.Short);
    await ScaleBench.Run(300_000, Effort.Short);
    await SimulateBench.Run(customers: 4_000, Effort.Short);
    await MemoryBench.Run(minutes: 1);
    await SoakBench.Run(customers: 20, kills: 5);
    await ForecastBench.Run(customers: 10_000, Effort.Short);
});
return await root.Parse(args).InvokeAsync();

Effort EffortOf(ParseResult parsed) => parsed.GetValue(isShort) ? Effort.Short : Effort.Full;
