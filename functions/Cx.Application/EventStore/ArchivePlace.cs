namespace Cx.Application.EventStore;

/// <summary>Where archived payloads rest. Each is committed to PostgreSQL first, with its delivery.</summary>
public enum ArchivePlace
{
    /// <summary>Outside the database: <see cref="IPayloadStore"/>.</summary>
    Blobs,

    /// <summary>In their rows; those outside are brought back.</summary>
    Postgres,
}
