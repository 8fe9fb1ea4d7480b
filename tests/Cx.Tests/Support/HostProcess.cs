using System.Collections.Concurrent;
using System.Diagnostics;
using Cx.Standalone;

namespace Cx.Tests.Support;

/// <summary>The program itself as a process of its own, which a test may kill; what it prints is kept.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string Greeting = "listens on ";

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> awaited = new();

    private HostProcess(IEnumerable<string> arguments)
    {
        process = new Process
        {
            StartInfo = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        foreach (var argument in arguments.Prepend("serve").Prepend(typeof(StandaloneHost).Assembly.Location))
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
    }

    public Uri Address { get; private set; } = null!;

    public string Output => string.Join('\n', lines);

    public static async Task<HostProcess> Start(params IEnumerable<string> arguments)
    {
        var host = new HostProcess(arguments);
        host.process.Start();
        host.process.BeginOutputReadLine();
        host.process.BeginErrorReadLine();
        var ended = host.process.WaitForExitAsync();
        var greeting = host.Line(Greeting);
        if (await Task.WhenAny(greeting, ended) == ended)
        {
            throw new InvalidOperationException($"It ended with {host.process.ExitCode}: {host.Output}");
        }

        var line = await greeting;
        host.Address = new Uri(line[(line.IndexOf(Greeting, StringComparison.Ordinal) + Greeting.Length)..].Split(' ')[0]);
        return host;
    }

    /// <summary>The first line that holds a text, once it is printed.</summary>
    public Task<string> Line(string text)
    {
        var wanted = awaited.GetOrAdd(text, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (lines.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } printed)
        {
            wanted.TrySetResult(printed);
        }

        return wanted.Task;
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await Kill();
        }

        process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lines.Enqueue(line);
        foreach (var (text, wanted) in awaited)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                wanted.TrySetResult(line);
            }
        }
    }
}
