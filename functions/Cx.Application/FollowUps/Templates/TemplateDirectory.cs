using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Shops;
using Marten;
using Npgsql;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.FollowUps.Templates;

/// <summary>The templates of shops: their own, and those that are shipped.</summary>
public sealed class TemplateDirectory(IDocumentStore marten, MartenEventStore store, NpgsqlDataSource database, TemplateRenderer renderer, TimeProvider clock)
{
    // Versions count from 1 without a gap.
    private const string Saved = """
        select data from mt_events where tenant_id = $1 and stream_id = $2 and type = 'template-saved.v1' order by version offset $3 limit 1
        """;

    private static readonly string SavedName = EventCatalog.NameOf(typeof(TemplateSaved));

    /// <summary>
    /// The template that a message is rendered from: in the first language that has one, of it-IT, it, the shop's first, en and the shop's others; in each the
    /// shop's own before the shipped one. None where no language has one.
    /// </summary>
    /// <param name="language">BCP 47; none: the shop's first.</param>
    public async Task<ChosenTemplate?> Choose(ShopFacts shop, string name, string? language, CancellationToken ct)
    {
        if (!TemplateNames.IsValid(name))
        {
            return null;
        }

        string[] languages = [.. TemplateRenderer.Languages(language, shop.Languages[0]).Concat(shop.Languages.Select(l => l.ToLowerInvariant())).Distinct(StringComparer.Ordinal)];
        await using var session = marten.QuerySession(shop.Id.Value);
        var own = (await MartenFailures.Unwrapped(session.LoadManyAsync<MessageTemplate>(ct, [.. languages.Select(l => MessageTemplate.StreamOf(name, l))])))
            .Where(t => t.Text is not null).ToDictionary(t => t.Language, StringComparer.Ordinal);
        return languages.Select(l => own.TryGetValue(l, out var t) ? new ChosenTemplate(shop.Id, name, l, t.Number, t.Text!)
            : renderer.Sources.Find(name, l) is { } shipped ? new ChosenTemplate(null, name, l, 0, shipped)
            : null).FirstOrDefault(t => t is not null);
    }

    /// <summary>Every template that the shop ever saved, in the order of their streams; removed ones are without text.</summary>
    public async Task<IReadOnlyList<MessageTemplate>> List(ShopId shop, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        return await MartenFailures.Unwrapped(session.QueryAsync<MessageTemplate>("where d.tenant_id = ? order by d.id", ct, shop.Value));
    }

    /// <summary>None where it was never saved.</summary>
    public async Task<MessageTemplate?> Find(ShopId shop, string name, string language, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        return await MartenFailures.Unwrapped(session.LoadAsync<MessageTemplate>(MessageTemplate.StreamOf(name, language), ct));
    }

    /// <summary>A saved version, whatever came after it; none where there is no such version.</summary>
    public async Task<TemplateText?> FindVersion(ShopId shop, string name, string language, int version, CancellationToken ct) => version < 1 ? null
        : (await database.Rows(
            Saved, r => ((TemplateSaved)EventCatalog.Read(SavedName, r.GetFieldValue<byte[]>(0))).Text, ct,
            Sql.Text(shop.Value), Sql.Text(MessageTemplate.StreamOf(name, language)), Sql.Int(version - 1))).SingleOrDefault();

    /// <summary>Decides about a template, and commits its events and what is written down of them in one transaction.</summary>
    /// <param name="decide">Given none where it was never saved.</param>
    public async Task<MessageTemplate?> Change(
        ShopId shop, string name, string language, Func<MessageTemplate?, DateTimeOffset, IReadOnlyList<IEvent>> decide, Audit audit, CancellationToken ct)
    {
        var updated = await store.Update<MessageTemplate>(shop, MessageTemplate.StreamOf(name, language), stored =>
        {
            var at = clock.GetUtcNow();
            var events = decide(stored, at);
            return ValueTask.FromResult(new StreamChange(events, AuditLog.Of(shop, audit, Activity.Current?.TraceId.ToString() ?? "api", at)));
        }, ct);
        return updated.After;
    }
}
