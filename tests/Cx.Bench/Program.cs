using Cx.Bench;

Func<Task>? bench = args switch
{
    ["ingest"] => IngestBench.Run,
    ["append"] => AppendBench.Run,
    ["read"] => ReadBench.Run,
    ["views"] => ViewsBench.Run,
    ["wake"] => WakeBench.Run,
    _ => null,
};
if (bench is null)
{
    Console.Error.WriteLine("dotnet run -c Release --project tests/Cx.Bench -- ingest|append|read|views|wake");
    return 2;
}

await bench();
return 0;
