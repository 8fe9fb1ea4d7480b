// The few members of Marten 9.29 that the event tables' adapter uses, as it declares them.
using System.Text.Json;
using JasperFx;
using JasperFx.Events;
using JasperFx.MultiTenancy;
using Marten.Events;
using Marten.Linq;
using Marten.Storage;
using Npgsql;
using Polly;
using Weasel.Core;
using Weasel.Core.Migrations;

namespace Marten.Storage
{
    public interface IMartenDatabase : IDatabase;
}

namespace Marten.Services
{
    public sealed class SessionOptions
    {
        public string TenantId { get; set; } = "";

        public static SessionOptions ForTransaction(NpgsqlTransaction transaction, bool shouldAutoCommit = false) => new();

        public static SessionOptions ForConnection(NpgsqlConnection connection) => new();
    }
}

namespace Marten.Linq
{
    public interface IMartenQueryable<T> : IQueryable<T>;
}

namespace Marten.Events
{
    public class MetadataConfig
    {
        public bool CorrelationIdEnabled { get; set; }

        public bool CausationIdEnabled { get; set; }

        public bool HeadersEnabled { get; set; }
    }

    public interface IEventStoreOptions
    {
        StreamIdentity StreamIdentity { get; set; }

        TenancyStyle TenancyStyle { get; set; }

        MetadataConfig MetadataConfig { get; }

        bool EnableUniqueIndexOnEventId { get; set; }

        bool EnableBigIntEvents { get; set; }

        EventAppendMode AppendMode { get; set; }

        bool EnableAdvancedAsyncTracking { get; set; }

        IEventStoreOptions IgnoreIndex(string indexName);

        void MapEventType(Type eventType, string eventTypeName);
    }

    public interface IQueryEventStore
    {
        IMartenQueryable<IEvent> QueryAllRawEvents();
    }

    public interface IEventStoreOperations : IEventOperations, IQueryEventStore;
}

namespace Marten
{
    public class StoreOptions
    {
        public IEventStoreOptions Events => throw new NotSupportedException();

        public string DatabaseSchemaName { get; set; } = "";

        public AutoCreate AutoCreateSchemaObjects { get; set; }

        public void Connection(NpgsqlDataSource dataSource) => throw new NotSupportedException();

        public void ConfigurePolly(Action<ResiliencePipelineBuilder> configure) => throw new NotSupportedException();

        public void ConfigureWritePolly(Action<ResiliencePipelineBuilder> configure) => throw new NotSupportedException();

        public void UseSystemTextJsonForSerialization(
            JsonSerializerOptions? options, EnumStorage enumStorage = EnumStorage.AsInteger, Casing casing = Casing.Default, Action<JsonSerializerOptions>? configure = null) =>
            throw new NotSupportedException();
    }

    public interface IMartenStorage
    {
        IMartenDatabase Database { get; }
    }

    public interface IQuerySession : IDisposable, IAsyncDisposable
    {
        IQueryEventStore Events { get; }
    }

    public interface IDocumentSession : IQuerySession
    {
        new IEventStoreOperations Events { get; }

        void QueueSqlCommand(string sql, params object[] parameterValues);

        Task SaveChangesAsync(CancellationToken token = default);
    }

    public class DocumentStore : IDisposable
    {
        public IMartenStorage Storage => throw new NotSupportedException();

        public static DocumentStore For(Action<StoreOptions> configure) => throw new NotSupportedException();

        public IDocumentSession OpenSession(Services.SessionOptions options) => throw new NotSupportedException();

        public IQuerySession QuerySession(Services.SessionOptions options) => throw new NotSupportedException();

        public void Dispose() => GC.SuppressFinalize(this);
    }

    public static class LinqExtensions
    {
        public static bool IsOneOf<T>(this T variable, params T[] matches) => throw new NotSupportedException();
    }

    public static class QueryableExtensions
    {
        public static IAsyncEnumerable<T> ToAsyncEnumerable<T>(this IQueryable<T> queryable, CancellationToken token = default)
            where T : notnull => throw new NotSupportedException();
    }
}
