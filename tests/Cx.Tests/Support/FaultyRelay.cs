using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cx.Tests.Support;

/// <summary>
/// A relay on loopback that goes wrong where it is told to, as no real server can be made to. A step is CONNECT, a verb, BODY (the first line
/// of the message, after which it hangs up) or END (its last line); <c>MAIL 2</c> is the second MAIL that it gets.
/// </summary>
internal sealed class FaultyRelay : IAsyncDisposable
{
    public const string Drop = "drop", Hang = "hang";

    private static readonly Dictionary<string, string> Usual = new()
    {
        ["CONNECT"] = "220 mail.test ESMTP",
        ["EHLO"] = "250-mail.test\n250-PIPELINING\n250-SIZE 10485760\n250-8BITMIME\n250-SMTPUTF8\n250 AUTH PLAIN LOGIN",
        ["AUTH"] = "235 welcome",
        ["DATA"] = "354 end with <CRLF>.<CRLF>",
        ["END"] = "250 2.0.0 queued as 4711",
        ["QUIT"] = "221 bye",
    };

    private readonly Dictionary<string, string> faults;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<string> commands = new();
    private readonly ConcurrentDictionary<string, int> steps = new();
    private readonly TaskCompletionSource hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> sessions = [];
    private readonly Task accepting;
    private volatile NetworkStream? last;

    private FaultyRelay(Dictionary<string, string> faults)
    {
        this.faults = faults;
        listener.Start();
        accepting = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many messages it read to their end.</summary>
    public int Count => steps.GetValueOrDefault("END");

    public IReadOnlyList<string> Commands => [.. commands];

    /// <summary>The newest message that it read to its end, as it was written: lines of ASCII.</summary>
    public string LastMessage { get; private set; } = "";

    /// <summary>Completes when it has begun to hang.</summary>
    public Task Hanging => hanging.Task;

    /// <param name="faults">What it says at a step instead of the usual, lines separated by LF; or <see cref="Drop"/> or <see cref="Hang"/>.</param>
    public static FaultyRelay Start(params (string Step, string Answer)[] faults) => new(faults.ToDictionary(f => f.Step, f => f.Answer));

    /// <summary>Says a line on the newest connection, asked or not.</summary>
    public async Task Say(string line) => await last!.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        await Task.WhenAll(sessions);
        listener.Dispose();
        stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) sessions.Add(Serve(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        using (var reader = new StreamReader(client.GetStream()))
        {
            try
            {
                await Talk(last = client.GetStream(), reader);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
            }
        }
    }

    private async Task Talk(NetworkStream stream, StreamReader reader)
    {
        for (var goesOn = await Answer(stream, "CONNECT"); goesOn && await reader.ReadLineAsync(stop.Token) is { } line;)
        {
            commands.Enqueue(line);
            var verb = line.Split(' ', ':')[0].ToUpperInvariant();
            goesOn = await Answer(stream, verb);
            if (goesOn && verb == "DATA" && AnswerTo(verb).StartsWith("354", StringComparison.Ordinal)) goesOn = await Body(stream, reader);
        }
    }

    private async Task<bool> Body(NetworkStream stream, StreamReader reader)
    {
        var message = new StringBuilder();
        while (await reader.ReadLineAsync(stop.Token) is { } line)
        {
            if (line == ".")
            {
                LastMessage = message.ToString();
                return await Answer(stream, "END");
            }

            message.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            if (!faults.ContainsKey("BODY")) continue;
            await Answer(stream, "BODY");
            break;
        }

        return false;
    }

    private string AnswerTo(string step) =>
        faults.GetValueOrDefault($"{step} {steps.GetValueOrDefault(step)}") ?? faults.GetValueOrDefault(step) ?? Usual.GetValueOrDefault(step, "250 ok");

    private async Task<bool> Answer(NetworkStream stream, string step)
    {
        steps.AddOrUpdate(step, 1, (_, n) => n + 1);
        switch (AnswerTo(step))
        {
            case Drop: return false;
            case Hang:
                hanging.TrySetResult();
                await new TaskCompletionSource().Task.WaitAsync(stop.Token);
                return false;
            case var text:
                await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n") + "\r\n"), stop.Token);
                return true;
        }
    }
}
