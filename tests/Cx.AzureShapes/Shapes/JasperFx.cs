// The few members of what Marten brings that the event tables' adapter uses, as JasperFx 2.53, Weasel 9.25 and Polly 8 declare them.
using JasperFx;

namespace Polly
{
    public sealed class ResiliencePipelineBuilder;
}

namespace JasperFx
{
    public enum AutoCreate
    {
        All,
        CreateOrUpdate,
        CreateOnly,
        None,
    }
}

namespace JasperFx.MultiTenancy
{
    public enum TenancyStyle
    {
        Single,
        Conjoined,
    }
}

namespace JasperFx.Events
{
    public enum StreamIdentity
    {
        AsGuid,
        AsString,
    }

    public enum EventAppendMode
    {
        Rich,
        Quick,
        QuickWithServerTimestamps,
    }

    public interface IEvent
    {
        Guid Id { get; set; }

        long Version { get; set; }

        long Sequence { get; set; }

        object Data { get; }

        string? StreamKey { get; set; }

        DateTimeOffset Timestamp { get; set; }

        string EventTypeName { get; set; }

        string DotNetTypeName { get; set; }

        string? CausationId { get; set; }

        string? CorrelationId { get; set; }

        void SetHeader(string key, object value);

        object? GetHeader(string key);
    }

    public class StreamAction
    {
        public IReadOnlyList<IEvent> Events { get; } = [];
    }

    public interface IEventOperations
    {
        StreamAction Append(string stream, long expectedVersion, IEnumerable<object> events);
    }

    public class EventStreamUnexpectedMaxEventIdException(string? message) : Exception(message);
}

namespace Weasel.Core
{
    public enum EnumStorage
    {
        AsInteger,
        AsString,
    }

    public enum Casing
    {
        Default,
        CamelCase,
        SnakeCase,
    }

    public enum SchemaPatchDifference
    {
        None = 3,
        Create = 2,
        Update = 1,
        Invalid = 0,
    }

    public class DbObjectName
    {
        public string Name { get; } = "";
    }

    public interface ISchemaObject
    {
        DbObjectName Identifier { get; }
    }

    public interface ISchemaObjectDelta
    {
        ISchemaObject SchemaObject { get; }

        SchemaPatchDifference Difference { get; }
    }

    public class SchemaMigration
    {
        public IReadOnlyList<ISchemaObjectDelta> Deltas { get; } = [];

        public SchemaPatchDifference Difference { get; } = SchemaPatchDifference.None;
    }
}

namespace Weasel.Core.Migrations
{
    public record ReconnectionOptions(int MaxReconnectionCount = 3, int DelayInMs = 50);

    public interface IDatabase
    {
        Task<SchemaMigration> CreateMigrationAsync(CancellationToken ct = default);

        Task<SchemaPatchDifference> ApplyAllConfiguredChangesToDatabaseAsync(
            AutoCreate? @override = null, ReconnectionOptions? reconnectionOptions = null, CancellationToken ct = default);
    }
}
