using Azure.Core;
using Azure.Identity;

namespace Cx.FunctionApp;

/// <summary>What the app signs in with where no secret is given.</summary>
internal static class EntraSignIn
{
    private static readonly TokenRequestContext Database = new(["https://ossrdbms-aad.database.windows.net/.default"]);

    /// <summary>The identity of the app where it has one, else whatever this machine is signed in with.</summary>
    /// <param name="clientId">Of the user-assigned identity.</param>
    public static TokenCredential Credential(string? clientId) =>
        clientId is null ? new DefaultAzureCredential() : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));

    /// <summary>A token as the password of PostgreSQL. The credential keeps it until shortly before it expires, so asking again is cheap.</summary>
    public static Func<CancellationToken, ValueTask<string>> DatabasePassword(TokenCredential credential) =>
        async ct => (await credential.GetTokenAsync(Database, ct)).Token;
}
