using Cx.Bench;

return args switch
{
    ["ingest", ..] => await IngestBench.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("dotnet run -c Release --project tests/Cx.Bench -- ingest|append|read|views|wake");
    return 2;
}
