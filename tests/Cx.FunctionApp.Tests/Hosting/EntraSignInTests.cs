using Azure.Core;
using Azure.Identity;
using Cx.Application.EventStore;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>A token stands for the password of the database.</summary>
public sealed class EntraSignInTests
{
    [Fact]
    public async Task Connections_that_open_at_once_sign_in_with_one_token_for_the_database()
    {
        var (address, issuing) = await Address();
        await using var pool = address.Pool();

        var opening = Enumerable.Range(0, 20).Select(_ => pool.OpenConnectionAsync().AsTask()).ToArray();
        issuing.Gate.SetResult();

        Assert.All(await Task.WhenAll(opening), connection => connection.Dispose());
        Assert.Equal(["https://ossrdbms-aad.database.windows.net/.default"], issuing.Asked);
    }

    [Fact]
    public async Task A_refusal_is_not_kept()
    {
        var (address, issuing) = await Address(refusals: 1);
        issuing.Gate.SetResult();
        await using var pool = address.Pool();

        await Assert.ThrowsAsync<NpgsqlException>(async () => await pool.OpenConnectionAsync());
        await issuing.Issued.WaitAsync(TimeSpan.FromSeconds(30));
        for (NpgsqlConnection? open = null; open is null;)
        {
            try
            {
                open = await pool.OpenConnectionAsync();
            }
            catch (NpgsqlException)
            {
                // Issued, but not kept yet.
            }
        }
    }

    [Theory, InlineData("0f7c7f6e-6a0b-4c1e-9d53-5d7a6c1f2b11", typeof(ManagedIdentityCredential)), InlineData(null, typeof(DefaultAzureCredential))]
    public void The_identity_of_the_app_signs_in_where_it_has_one(string? clientId, Type credential) => Assert.IsType(credential, EntraSignIn.Credential(clientId));

    /// <summary>A database whose password is what the credential issues.</summary>
    private static async Task<(DatabaseAddress, Issuing)> Address(int refusals = 0)
    {
        var settings = new NpgsqlConnectionStringBuilder(await Database.Create());
        var issuing = new Issuing(settings.Password!, refusals);
        settings.Remove("Password");
        return (new(settings.ConnectionString, EntraSignIn.DatabasePassword(issuing)), issuing);
    }

    private sealed class Issuing(string token, int refusals) : TokenCredential
    {
        private readonly TaskCompletionSource issued = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int left = refusals;

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Issued => issued.Task;

        public IReadOnlyList<string> Asked { get; private set; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            await Gate.Task;
            Asked = [.. Asked, .. requestContext.Scopes];
            if (Interlocked.Decrement(ref left) >= 0)
            {
                throw new AuthenticationFailedException("refused");
            }

            issued.TrySetResult();
            return new(token, DateTimeOffset.MaxValue);
        }
    }
}
