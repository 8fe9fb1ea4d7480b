using System.Security.Cryptography;

namespace Cx.Application.EventStore;

/// <summary>This process among those that share the database: whose attempts are whose.</summary>
public sealed class Instance
{
    public long Id { get; } = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;
}
