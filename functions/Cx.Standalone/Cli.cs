using Cx.Application.Configuration;
using Cx.Application.Privacy;
using Cx.Standalone.Postgres;
using Npgsql;

namespace Cx.Standalone;

/// <summary>The commands: serve, demo, help.</summary>
public static class Cli
{
    private const string Help = """
        Cx.Serverless: records a web shop's contacts, keeps the experience of each customer, follows up after the sale.

          dotnet run --project functions [-- serve]      serve until Ctrl-C (default http://127.0.0.1:7071)
          dotnet run --project functions -- demo         a season of a demo shop, then serve it   [--exit: end there]
          dotnet run --project functions -- --help       this text

        Options   --urls http://127.0.0.1:8080           where to listen
        Settings  (environment, or appsettings.json)
          ConnectionStrings__Postgres   a PostgreSQL to use; else an own one is started in the data folder
          Cx__DataFolder                default: the user's local application data, folder cx-serverless
          Cx__AdminKey                  opens everything; else one is made, kept in the data folder and printed once
          Cx__MasterKey                 32 bytes in base64; required with ConnectionStrings__Postgres
          Cx__PublicUrl                 where recipients reach this host; required by every sender but local
          Cx__Sender                    smtp, webhook or local; default: what is configured
          Cx__Smtp__Host, __Port, __User, __Password, __Security, __FromAddress, __FromName, __TimeoutSeconds
          Cx__Webhook__Url, __Secret, __SecondSecret, __TimeoutSeconds
          Cx__DevClock                  true adds POST /api/dev/clock {"advance":"P7D"}; never in Production
          Cx__Workers                   false: requests only; another process on the database wakes and sends
          Cx__PostgresBin               where PostgreSQL's programs are, or npm
          OTEL_EXPORTER_OTLP_ENDPOINT   where traces and metrics go
        """;

    /// <returns>The exit code: 0 well, 1 failed, 2 wrong words or settings.</returns>
    public static async Task<int> Run(string[] args)
    {
        var verb = args is [{ } first, ..] && !first.StartsWith('-') ? first : "serve";
        var rest = args is [{ } v, ..] && v == verb ? args[1..] : args;
        if (args.Any(a => a is "--help" or "-h" or "-?") || verb == "help")
        {
            Console.WriteLine(Help);
            return 0;
        }

        try
        {
            switch (verb)
            {
                case "serve":
                    return await Serve(rest);
                case "demo":
                    return await Demo.Demo.Run(rest);
                default:
                    await Console.Error.WriteLineAsync($"There is no command '{verb}'. Try --help.");
                    return 2;
            }
        }
        catch (Exception e) when (e is InvalidSettingsException or UnusableKeysException or KeyMismatchException or DataFolderInUseException or PostgresNotFoundException or PostgresFailedException or NpgsqlException or IOException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return e is InvalidSettingsException ? 2 : 1;
        }
    }

    private static async Task<int> Serve(string[] args)
    {
        await using var host = await StandaloneHost.Start(args, new Progress(), CancellationToken.None);
        Console.WriteLine($"Cx.Serverless listens on {host.Address}   API description: {host.Address}openapi/v1.json   Ctrl-C stops it");
        await host.Stopped;
        return 0;
    }

    /// <summary>Says at once what goes on; System.Progress would say it out of order.</summary>
    internal sealed class Progress : IProgress<string>
    {
        public void Report(string value) => Console.WriteLine(value);
    }
}
