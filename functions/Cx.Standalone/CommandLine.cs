using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Cx.Application.Configuration;
using Cx.Application.Privacy;
using Cx.Standalone.Demo;
using Cx.Standalone.Postgres;
using Cx.Standalone.Simulating;
using Microsoft.AspNetCore.Connections;
using Npgsql;
using UnusableDatabaseException = Cx.Application.EventStore.UnusableDatabaseException;

namespace Cx.Standalone;

/// <summary>The commands <c>serve</c>, which is also what happens without a word, <c>demo</c> and <c>simulate</c>.</summary>
public static class CommandLine
{
    private const int Failed = 1;
    private const int Invalid = 2;

    private static readonly Option<string> Urls = new("--urls")
    {
        Description = $"Where to listen; for simulate: the running instance that is to do it. Default: {StandaloneSettings.DefaultUrl}",
        HelpName = "address",
        Recursive = true,
        Validators = { CheckAddress },
    };

    private static readonly Option<bool> Exit = new("--exit") { Description = "End after the report instead of serving the demo shop." };

    /// <returns>The exit code: 0 success, 1 failure, 2 wrong words or settings.</returns>
    public static async Task<int> Run(string[] args)
    {
        var parsed = Commands().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is not HelpWithSettings && Problem(parsed) is { } problem)
        {
            return await Refuse($"{problem} Commands, options and settings: --help", Invalid);
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (e is InvalidSettingsException or FormatException)
        {
            return await Refuse(e.Message, Invalid);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            return await Refuse($"{e.Message} Choose another address: --urls http://127.0.0.1:8080", Failed);
        }
        catch (Exception e) when (e is UnusableKeysException or KeyMismatchException or DataFolderInUseException or PostgresNotFoundException or PostgresFailedException
            or UnusableDatabaseException or InvalidDataException or NpgsqlException or IOException or HttpRequestException)
        {
            return await Refuse(e.Message, Failed);
        }
    }

    private static RootCommand Commands()
    {
        var serve = new Command("serve", "Serve until Ctrl-C.") { TreatUnmatchedTokensAsErrors = false };
        serve.SetAction((parsed, _) => Serve(parsed));
        var demo = new Command("demo", "Play twelve weeks of a demo shop, report, then serve it.") { Exit };
        demo.TreatUnmatchedTokensAsErrors = false;
        demo.SetAction((parsed, ct) => DemoCommand.Run(HostArguments(parsed), parsed.GetValue(Exit), ct));
        var simulate = Simulate();
        var root = new RootCommand("Cx.Serverless records a web shop's contacts, keeps the experience of each customer and follows up after the sale.\nWithout a command it serves.") { serve, demo, simulate, Urls };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((parsed, _) => Serve(parsed));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithSettings((HelpAction)help.Action!);
        return root;
    }

    private static Command Simulate()
    {
        var file = new Argument<FileInfo>("file") { Description = "The document of a cadence, as PUT .../draft takes it." };
        file.AcceptExistingOnly();
        var shop = new Option<string>("--shop") { Description = "Whose history. Default: the only shop that there is." };
        var cadence = new Option<string>("--cadence") { Description = "The cadence's slug. Default: the document's, else the file's name." };
        var from = new Option<DateTimeOffset?>("--from") { Description = "Up to when all is taken as it was recorded. Default: everything is decided anew." };
        var to = new Option<DateTimeOffset?>("--to") { Description = "What was recorded later is left out. Default: now." };
        var sample = new Option<int?>("--sample") { Description = "About how many customers. Default: all." };
        var key = new Option<string>("--key") { Description = "A key of the running instance. Default: the installation's own." };
        var simulate = new Command(
            "simulate", "Try a cadence over the recorded history beside the version in force, and print what it would change. Nothing is sent.\nWithout --urls it opens the database itself, which no process may use then.")
        {
            file, shop, cadence, from, to, sample, key,
        };
        simulate.TreatUnmatchedTokensAsErrors = false;
        simulate.SetAction((parsed, ct) => SimulateCommand.Run(
            [.. parsed.UnmatchedTokens],
            new(
                parsed.GetValue(file)!, parsed.GetValue(shop), parsed.GetValue(cadence), parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(sample),
                parsed.GetValue(Urls) is { } urls ? new Uri(urls.Split(';')[0]) : null, parsed.GetValue(key)),
            ct));
        return simulate;
    }

    private static async Task<int> Serve(ParseResult parsed)
    {
        await using var host = await StandaloneHost.Start(HostArguments(parsed), new Lines(Console.Out), CancellationToken.None);
        Console.WriteLine($"Cx.Serverless listens on {host.Address}   API description: {host.Address}openapi/v1.json   Ctrl-C stops it");
        await host.Stopped;
        return 0;
    }

    private static string[] HostArguments(ParseResult parsed) => parsed.GetValue(Urls) is { } urls ? [.. parsed.UnmatchedTokens, "--urls", urls] : [.. parsed.UnmatchedTokens];

    /// <summary>What is wrong with the words; what was not matched must be settings, as <c>--Cx:Workers false</c>.</summary>
    private static string? Problem(ParseResult parsed)
    {
        if (parsed.Errors is [{ } error, ..])
        {
            return error.Message;
        }

        for (var i = 0; i < parsed.UnmatchedTokens.Count; i++)
        {
            var word = parsed.UnmatchedTokens[i];
            var name = word.Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(name.Contains(':', StringComparison.Ordinal) || name == $"--{HostDefaults.EnvironmentKey}"))
            {
                return $"'{word}' is neither a command nor an option.";
            }

            if (name == word && ++i == parsed.UnmatchedTokens.Count)
            {
                return $"'{word}' has no value.";
            }
        }

        return null;
    }

    private static void CheckAddress(OptionResult result)
    {
        foreach (var address in result.Tokens.SelectMany(t => t.Value.Split(';')))
        {
            try
            {
                _ = BindingAddress.Parse(address);
            }
            catch (FormatException)
            {
                result.AddError($"'{address}' is not an address like {StandaloneSettings.DefaultUrl}.");
            }
        }
    }

    private static async Task<int> Refuse(string message, int code)
    {
        await Console.Error.WriteLineAsync(message);
        return code;
    }

    private sealed class HelpWithSettings(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var output = parseResult.InvocationConfiguration.Output;
            var settings = StandaloneSettings.Records.SelectMany(Settings.Of).DistinctBy(s => s.Key).ToList();
            help.Invoke(parseResult);
            output.WriteLine("Settings (as environment variables, in appsettings.json, or on the command line as --Cx:Workers false):");
            foreach (var setting in settings)
            {
                output.WriteLine($"  {setting.Key.PadRight(settings.Max(s => s.Key.Length))}  {setting.Description}");
            }

            return 0;
        }
    }
}
