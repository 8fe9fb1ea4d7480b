using Azure.Core;
using Azure.Identity;
using Cx.Tests.Support;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>A token stands for the password until shortly before it expires.</summary>
public sealed class EntraPasswordTests
{
    private readonly HandClock clock = new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_token_is_kept_until_shortly_before_it_expires()
    {
        var credential = new Issuing(clock);
        using var password = new EntraPassword(credential, clock);

        Assert.Equal("token 1", await password.Get(default));
        clock.Advance(Issuing.Lifetime - EntraPassword.Margin - TimeSpan.FromSeconds(1));
        Assert.Equal("token 1", await password.Get(default));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("token 2", await password.Get(default));
        Assert.Equal(["https://ossrdbms-aad.database.windows.net/.default"], credential.Scopes);
    }

    [Fact]
    public async Task Connections_that_open_at_once_ask_once()
    {
        var credential = new Issuing(clock) { Gate = new() };
        using var password = new EntraPassword(credential, clock);

        var opening = Enumerable.Range(0, 20).Select(_ => password.Get(default).AsTask()).ToArray();
        credential.Gate.SetResult();

        Assert.All(await Task.WhenAll(opening), token => Assert.Equal("token 1", token));
    }

    [Fact]
    public async Task A_refusal_is_not_kept()
    {
        var credential = new Issuing(clock) { Refuses = true };
        using var password = new EntraPassword(credential, clock);

        await Assert.ThrowsAsync<AuthenticationFailedException>(async () => await password.Get(default));
        credential.Refuses = false;
        Assert.Equal("token 1", await password.Get(default));
    }

    [Theory, InlineData("0f7c7f6e-6a0b-4c1e-9d53-5d7a6c1f2b11", typeof(ManagedIdentityCredential)), InlineData(null, typeof(DefaultAzureCredential))]
    public void The_identity_of_the_app_signs_in_where_it_has_one(string? clientId, Type credential) => Assert.IsType(credential, EntraPassword.Credential(clientId));

    private sealed class Issuing(TimeProvider clock) : TokenCredential
    {
        public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

        private int issued;

        public bool Refuses { get; set; }

        public TaskCompletionSource? Gate { get; init; }

        public IReadOnlyList<string> Scopes { get; private set; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            await (Gate?.Task ?? Task.CompletedTask);
            Scopes = requestContext.Scopes;
            return Refuses ? throw new AuthenticationFailedException("refused") : new($"token {++issued}", clock.GetUtcNow() + Lifetime);
        }
    }
}
