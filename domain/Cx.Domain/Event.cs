using Cx.Domain.Privacy;

namespace Cx.Domain;

/// <summary>Something that happened, in any stream.</summary>
public interface IEvent
{
    /// <summary>When it happened, by the clock of whoever reported it; UTC.</summary>
    DateTimeOffset OccurredAt { get; }
}

/// <summary>Something that happened with one customer.</summary>
public interface ICustomerEvent : IEvent
{
    /// <summary>The same event with its personal values sealed; most have none.</summary>
    ICustomerEvent Sealed(Seal seal) => this;
}

/// <summary>A decider or fold met an event it does not know: the code is older than the log.</summary>
public sealed class UnknownEventException(IEvent e) : Exception($"Unknown event {e.GetType().Name}.");

/// <summary>A refusal that the caller can act on.</summary>
/// <param name="code">Stable, kebab-case, for programs.</param>
/// <param name="message">For people; names what is wrong, never a personal value.</param>
public sealed class RuleBrokenException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
