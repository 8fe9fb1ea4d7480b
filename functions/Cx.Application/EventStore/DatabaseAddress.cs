using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>How the database is reached.</summary>
/// <param name="Password">Gives the password of each new connection, where the connection string holds none: a token that expires.</param>
public sealed record DatabaseAddress(string ConnectionString, Func<CancellationToken, ValueTask<string>>? Password = null)
{
    // Compiling a plan costs more than running any of our statements.
    private const string Session = "-c jit=off";

    // Azure.Identity renews a token five minutes before it expires: asked more often than that, it never gives one that expires before the
    // next time.
    private static readonly TimeSpan PasswordRefresh = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PasswordRetry = TimeSpan.FromSeconds(1);

    /// <summary>A pool that prepares what it runs often, and sends no reset between uses: nothing here leaves state in a session.</summary>
    public NpgsqlDataSource Pool() => Source(settings =>
    {
        (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages, settings.NoResetOnClose) = (100, 2, true);
        (settings.WriteBufferSize, settings.ReadBufferSize, settings.ApplicationName) = (32 * 1024, 32 * 1024, "cx-serverless");
        settings.Options = $"{settings.Options} {Session}".Trim();
        if (!ConnectionString.Contains("Pool Size", StringComparison.OrdinalIgnoreCase))
        {
            settings.MaxPoolSize = 32;
        }
    });

    /// <summary>Connections outside the pool, each the caller's to keep.</summary>
    public NpgsqlDataSource Unpooled(Action<NpgsqlConnectionStringBuilder> settings) => Source(s =>
    {
        s.Pooling = false;
        settings(s);
    });

    // The connection string may hold a password, so the fields are not shown.
    public override string ToString() => nameof(DatabaseAddress);

    private NpgsqlDataSource Source(Action<NpgsqlConnectionStringBuilder> settings)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString);
        settings(builder.ConnectionStringBuilder);
        if (Password is { } password)
        {
            builder.UsePeriodicPasswordProvider((_, ct) => password(ct), PasswordRefresh, PasswordRetry);
        }

        return builder.Build();
    }
}

/// <summary>Connections outside the pool, for what keeps one for long: to listen, to notify or to hold an advisory lock.</summary>
public sealed class LastingConnections(DatabaseAddress address) : IAsyncDisposable
{
    // Without it a connection that only listens does not notice that its server is gone.
    private const int KeepAliveSeconds = 30;

    private readonly NpgsqlDataSource source = address.Unpooled(s => (s.KeepAlive, s.WriteBufferSize) = (KeepAliveSeconds, 32 * 1024));

    public ValueTask<NpgsqlConnection> Open(CancellationToken ct) => source.OpenConnectionAsync(ct);

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
