using Microsoft.Extensions.Logging;

namespace Cx.Tests.Support;

/// <summary>An entry of a log: its level, the values of its placeholders by their names, and the exception.</summary>
public sealed record TestLogEntry(LogLevel Level, IReadOnlyDictionary<string, object?> Values, Exception? Error);

/// <summary>A log that hands its entries to the test.</summary>
public sealed class TestLog<T> : ILogger<T>
{
    private readonly TaskCompletionSource<TestLogEntry> first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public event Action<TestLogEntry>? Logged;

    /// <summary>The first entry, once there is one.</summary>
    public Task<TestLogEntry> First => first.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // A sentence may name a value twice.
        var values = state as IEnumerable<KeyValuePair<string, object?>> ?? [];
        var entry = new TestLogEntry(logLevel, values.DistinctBy(v => v.Key).ToDictionary(), exception);
        first.TrySetResult(entry);
        Logged?.Invoke(entry);
    }
}
