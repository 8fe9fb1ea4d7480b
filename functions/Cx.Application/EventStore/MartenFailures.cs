using System.Runtime.ExceptionServices;
using Cx.Domain;
using JasperFx.Events;
using Npgsql;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Cx.Application.EventStore;

/// <summary>Rethrows the Npgsql exceptions that Marten wraps: by their SQLSTATE the event store tells a conflict from a failure.</summary>
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

    public static Task<T> Unwrapped<T>(Task<T> work) => Unwrapped(new ValueTask<T>(work)).AsTask();

    /// <exception cref="NewerVersionException">A stored name that this version does not know.</exception>
    public static async ValueTask<T> Unwrapped<T>(ValueTask<T> work)
    {
        try
        {
            return await work;
        }
        catch (InvalidCastException e) when (e.Message.Contains("mt_dotnet_type", StringComparison.Ordinal))
        {
            // Where it does not know the stored name, Marten looks for a .NET name, which is never stored.
            throw new NewerVersionException(e.Message);
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

        // The stream has another version than was read, or exists although there was none. These exceptions hold nothing of PostgreSQL's.
        EventStreamUnexpectedMaxEventIdException or ExistingStreamIdCollisionException => new PostgresException(e.Message, "ERROR", "ERROR", PostgresErrorCodes.SerializationFailure),
        _ => e.InnerException as NpgsqlException ?? (e.InnerException is { } inner ? FindNpgsqlException(inner) : null),
    };
}
