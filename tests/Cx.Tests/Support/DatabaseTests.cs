using Npgsql;

namespace Cx.Tests.Support;

public sealed class DatabaseTests
{
    [Fact]
    public async Task Each_database_is_empty_and_its_own()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Database.Create()));

        foreach (var connection in databases)
        {
            await using var source = NpgsqlDataSource.Create(connection);
            await using var create = source.CreateCommand("CREATE TABLE own ()");
            await create.ExecuteNonQueryAsync();
        }
        Assert.Equal(5, databases.Distinct().Count());
    }
}
