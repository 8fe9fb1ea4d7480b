using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.FollowUps.Simulations;
using Spectre.Console;

namespace Cx.Standalone.Simulating;

/// <summary>What is given to the command <c>simulate</c>.</summary>
/// <param name="File">Holds the cadence's document.</param>
/// <param name="Shop">None: the only shop that there is.</param>
/// <param name="Cadence">Its slug; none: the document's, else the file's name.</param>
/// <param name="Running">Where an instance listens that is to do it; none: a host of this process does, which wakes and sends nothing.</param>
/// <param name="Key">For that instance; none: the installation's own.</param>
internal sealed record SimulateOptions(
    FileInfo File, string? Shop, string? Cadence, DateTimeOffset? From, DateTimeOffset? To, int? Sample, Uri? Running, string? Key);

/// <summary>The command <c>simulate</c>: tries a cadence over the recorded history of a shop, and prints what it would change.</summary>
internal static class SimulateCommand
{
    private const int Failed = 1;
    private const int Invalid = 2;

    // Half as long as the progress is written in.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <param name="args">Configuration for the host.</param>
    /// <returns>0; 1 when it failed; 2 when the file or an option is wrong.</returns>
    public static async Task<int> Run(string[] args, SimulateOptions options, CancellationToken ct)
    {
        JsonElement document;
        try
        {
            document = JsonDocument.Parse(await File.ReadAllBytesAsync(options.File.FullName, ct)).RootElement;
        }
        catch (JsonException e)
        {
            return await Refuse($"{options.File.Name} is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", Invalid);
        }

        var console = Terminal.Create(Console.Out, !Console.IsOutputRedirected);
        var slug = options.Cadence ?? SlugOf(document) ?? Path.GetFileNameWithoutExtension(options.File.Name);
        if (options.Running is { } running)
        {
            return await Simulate(console, options, slug, document, running, options.Key ?? OwnKey(args), () => Task.Delay(LookEvery, ct), ct);
        }

        // It answers this process alone, and neither wakes nor sends: of its workers, only the simulations run, here.
        await using var host = await StandaloneHost.Start([.. args, "--urls", "http://127.0.0.1:0", "--Cx:Workers", "false"], new Lines(Console.Error), ct);
        var runner = host.Services.GetRequiredService<SimulationRunner>();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var work = Task.CompletedTask;
        try
        {
            return await Simulate(
                console, options, slug, document, host.Address, host.AdminKey,
                async () =>
                {
                    if (work.IsCompleted)
                    {
                        await work;
                        work = runner.RunNext(ended.Token);
                    }

                    await Task.WhenAny(work, Task.Delay(LookEvery, ct));
                },
                ct);
        }
        finally
        {
            await ended.CancelAsync();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<int> Simulate(
        IAnsiConsole console, SimulateOptions options, string slug, JsonElement document, Uri address, string? key, Func<Task> wait, CancellationToken ct)
    {
        if (key is null)
        {
            return await Refuse("Give the key of the running instance: --key, or Cx__AdminKey.", Invalid);
        }

        using var http = new HttpClient { BaseAddress = address, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };
        if ((options.Shop ?? await OnlyShop(http, ct)) is not { } shop)
        {
            return await Refuse("Say which shop: --shop, one of those that GET /api/shops lists.", Invalid);
        }

        var path = $"api/shops/{Uri.EscapeDataString(shop)}/cadences/{Uri.EscapeDataString(slug)}/simulations";
        using var asked = await http.PostAsJsonAsync(path, new SimulationRequest(true, document, options.From, options.To, options.Sample), ApiJson.Options, ct);
        var answer = await asked.Content.ReadFromJsonAsync<JsonElement>(ct);
        if (!asked.IsSuccessStatusCode)
        {
            return await Refuse(Explain(answer), asked.StatusCode == System.Net.HttpStatusCode.UnprocessableEntity ? Invalid : Failed);
        }

        var result = await Follow(console, http, $"{path}/{answer.GetProperty("id").GetString()}", $"Simulating '{slug}'", wait, ct);
        if (result.GetProperty("state").GetString() != "done")
        {
            return await Refuse($"The simulation {result.GetProperty("state").GetString()}. {result.GetProperty("failure").GetString()}".TrimEnd(), Failed);
        }

        new SimulationTable(console).Write(slug, result);
        return 0;
    }

    private static async Task<JsonElement> Follow(IAnsiConsole console, HttpClient http, string path, string description, Func<Task> wait, CancellationToken ct)
    {
        JsonElement simulation = default;
        await console.Progress(description, 100, async (step, _) =>
        {
            for (var shown = 0; ;)
            {
                simulation = await http.GetFromJsonAsync<JsonElement>(path, ct);
                for (; shown < (int)(100 * simulation.GetProperty("progress").GetDouble()); shown++)
                {
                    step();
                }

                if (simulation.GetProperty("endedAt").ValueKind != JsonValueKind.Null)
                {
                    return;
                }

                await wait();
            }
        });
        return simulation;
    }

    private static async Task<string?> OnlyShop(HttpClient http, CancellationToken ct)
    {
        using var answer = await http.GetAsync("api/shops?limit=2", ct);
        var items = answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("items") : default;
        return items.ValueKind == JsonValueKind.Array && items.GetArrayLength() == 1 ? items[0].GetProperty("id").GetString() : null;
    }

    private static string? SlugOf(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty("slug", out var slug) && slug.ValueKind == JsonValueKind.String ? slug.GetString() : null;

    // What opens the installation whose settings and data folder this process has.
    private static string? OwnKey(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        return configuration["Cx:AdminKey"] ?? AdminKeyFile.Read(DataFolder.Resolve(configuration["Cx:DataFolder"]));
    }

    private static string Explain(JsonElement problem)
    {
        var errors = problem.TryGetProperty("errors", out var all) ? all.EnumerateArray().Select(e => $"  {Text(e, "pointer")}: {Text(e, "message")}{(Text(e, "hint") is { Length: > 0 } hint ? $" ({hint})" : "")}") : [];
        return string.Join(Environment.NewLine, [Text(problem, "detail"), .. errors]);
    }

    private static string Text(JsonElement element, string property) => element.TryGetProperty(property, out var value) ? value.ToString() : "";

    private static async Task<int> Refuse(string message, int code)
    {
        await Console.Error.WriteLineAsync(message);
        return code;
    }
}
