using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.Privacy;
using Cx.Domain;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Webhook;

/// <summary>Posts alerts to the shop's own address: <c>answer.owed</c>, with ids and no personal data, signed with the shop's own secret.</summary>
public sealed class AlertWebhook(AlertSecrets secrets, TimeProvider time) : ISender, IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private readonly SignedPost post = new(time);

    public string Name => "alert-webhook";

    public bool Deduplicates => true;

    public async Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct) => email.Alert is { Url: { } url } alert
        ? await post.Send(new(url), secrets.Of(alert.Shop), idempotencyKey, Body(email, alert), Longest, ct)
        : new SendResult.Refused("The shop has no address to which alerts are posted.");

    public void Dispose() => post.Dispose();

    private static byte[] Body(EmailMessage email, ShopAlert alert) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            type = "answer.owed",
            data = new { alert.Shop, alert.Customer, alert.Conversation, alert.Channel, alert.AskedAt, alert.AnswerBy, Url = alert.Record, email.Subject },
        },
        ApiJson.Options);
}

/// <summary>The secrets that sign a shop's alerts: one of each version of the links key, derived from it, so that none is stored.</summary>
public sealed class AlertSecrets(InstallationKeys keys)
{
    /// <summary>The newest first.</summary>
    public IReadOnlyList<byte[]> Of(ShopId shop) =>
    [
        .. from version in keys.Links.Versions.OrderDescending()
           select HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.Links.Bytes(version).ToArray(), 32, info: Encoding.UTF8.GetBytes($"cx/alerts/{shop}")),
    ];
}

/// <summary>The secrets by which a receiver of alerts checks their signatures, the newest first; each of them signs.</summary>
public sealed record AlertSecretsResponse(IReadOnlyList<string> Secrets);

/// <summary>Shows an administrator what the receiver of alerts needs.</summary>
public static class AlertHandlers
{
    public static async Task<AlertSecretsResponse> Secrets(string shop, [FromServices] ShopDirectory shops, [FromServices] AlertSecrets secrets, CancellationToken ct) =>
        new([.. secrets.Of((await shops.Known(shop, ct)).Id).Select(s => $"whsec_{Convert.ToBase64String(s)}")]);
}
