using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cx.Tests.Support;

/// <summary>The statements that a data source sent to the database, those that were sent together in one array: its logger.</summary>
public sealed class SentCommands : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string[]> batches = [];

    public IReadOnlyList<string[]> Batches => [.. batches];

    public void Clear() => batches.Clear();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = (state as IEnumerable<KeyValuePair<string, object?>> ?? []).ToDictionary(v => v.Key, v => v.Value);
        if (values.GetValueOrDefault("BatchCommands") is string[] together)
        {
            batches.Enqueue(together);
        }
        else if (values.GetValueOrDefault("CommandText") is string alone)
        {
            batches.Enqueue([alone]);
        }
    }

    public void Dispose()
    {
    }
}
