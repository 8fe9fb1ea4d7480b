using System.Runtime.ExceptionServices;
using JasperFx.Events;
using Npgsql;

namespace Cx.Application.EventStore.Marten;

/// <summary>Gives what PostgreSQL found out of the exceptions in which Marten wraps it: by that the event store knows a conflict from a failure.</summary>
internal static class MartenFailures
{
    public static async Task Unwrapped(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (FindNpgsqlException(e) is { } found)
        {
            ExceptionDispatchInfo.Throw(found);
        }
    }

    public static async ValueTask<T> Unwrapped<T>(ValueTask<T> work)
    {
        try
        {
            return await work;
        }
        catch (Exception e) when (FindNpgsqlException(e) is { } found)
        {
            ExceptionDispatchInfo.Throw(found);
            throw;
        }
    }

    private static NpgsqlException? FindNpgsqlException(Exception e) => e switch
    {
        OperationCanceledException or NpgsqlException => null,

        // The stream is not where it was read: Marten keeps nothing of what PostgreSQL said of it.
        EventStreamUnexpectedMaxEventIdException => new PostgresException(e.Message, "ERROR", "ERROR", PostgresErrorCodes.SerializationFailure),
        _ => e.InnerException as NpgsqlException ?? (e.InnerException is { } inner ? FindNpgsqlException(inner) : null),
    };
}
