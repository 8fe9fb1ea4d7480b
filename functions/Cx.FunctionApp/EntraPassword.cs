using Azure.Core;
using Azure.Identity;

namespace Cx.FunctionApp;

/// <summary>
/// Signs in to PostgreSQL without a password: a token of the app's identity is one, for about an hour. Kept until shortly before it expires, so that
/// a burst of new connections asks once; a connection that is open already lives on.
/// </summary>
internal sealed class EntraPassword(TokenCredential credential, TimeProvider clock) : IDisposable
{
    // A connection may be slow to open, and clocks differ.
    internal static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private static readonly TokenRequestContext Wanted = new(["https://ossrdbms-aad.database.windows.net/.default"]);

    private readonly SemaphoreSlim one = new(1, 1);
    private (string Token, DateTimeOffset Until) kept;

    /// <summary>The identity of the app where it has one, else whatever this machine is signed in with.</summary>
    /// <param name="clientId">Of the user-assigned identity.</param>
    public static TokenCredential Credential(string? clientId) =>
        clientId is null ? new DefaultAzureCredential() : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));

    /// <exception cref="AuthenticationFailedException">No token is to be had; not kept, so the next connection asks again.</exception>
    public async ValueTask<string> Get(CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            if (clock.GetUtcNow() >= kept.Until)
            {
                var token = await credential.GetTokenAsync(Wanted, ct);
                kept = (token.Token, token.ExpiresOn - Margin);
            }

            return kept.Token;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
