using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Shops;
using Cx.Domain.Silence;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.EventStore;

/// <summary>
/// What is read of the streams that are no customer's: a document a stream and concept, which Marten writes in the transaction that appends. Each is the
/// pure fold of its events, and can be rebuilt from them.
/// </summary>
internal static class Snapshots
{
    /// <summary>The table of <see cref="Shop"/>: its <c>mt_version</c> is the version of a shop's facts.</summary>
    public const string Shops = "mt_doc_shop";

    /// <summary>The table of <see cref="Cadence"/>.</summary>
    public const string Cadences = "mt_doc_cadence";

    public static void Configure(StoreOptions options)
    {
        Inline<Shop>(
            options, "shop", Shop.Evolve, typeof(ShopConfigured), typeof(SendingSwitched), typeof(WakingInterrupted), typeof(PolicyPublished), typeof(CadenceSwitched),
            typeof(SecondOrderGapMeasured)).Identity(s => s.Stream);
        Inline<ShopSources>(options, "shop_sources", ShopSources.Evolve, typeof(SourceConfigured), typeof(SourceRemoved)).Identity(s => s.Stream);
        Inline<ShopPolicy>(options, "shop_policy", ShopPolicy.Evolve, typeof(PolicyDraftSaved), typeof(PolicyPublished)).Identity(s => s.Stream);

        Inline<Cadence>(
            options, "cadence", Cadence.Evolve,
            typeof(CadenceDraftSaved), typeof(CadencePublished), typeof(CadencePaused), typeof(CadenceResumed), typeof(CadenceArchived)).Identity(c => c.Stream);

        Inline<MessageTemplate>(options, "template", MessageTemplate.Evolve, typeof(TemplateSaved), typeof(TemplateRemoved)).Identity(t => t.Stream);

        // A request's key is looked up by its hash over all shops.
        Inline<ShopKeys>(options, "shop_keys", ShopKeys.Evolve, typeof(ApiKeyIssued), typeof(ApiKeyRevoked)).Identity(s => s.Stream).GinIndexJsonData();
    }

    private static MartenRegistry.DocumentMappingExpression<T> Inline<T>(
        StoreOptions options, string alias, Func<T?, ShopId, IEvent, T?> evolve, params IEnumerable<Type> events) where T : class
    {
        options.Projections.Add(new Snapshot<T>(evolve, events), ProjectionLifecycle.Inline);
        return options.Schema.For<T>().DocumentAlias(alias).MultiTenanted().Metadata(m => m.DotNetType.Enabled = false);
    }
}

/// <summary>A snapshot of one stream by a fold that knows the stream's shop.</summary>
internal sealed class Snapshot<T> : SingleStreamProjection<T, string> where T : class
{
    private readonly Func<T?, ShopId, IEvent, T?> evolve;

    /// <param name="events">Those that change the snapshot: an append of others only neither reads nor writes it.</param>
    public Snapshot(Func<T?, ShopId, IEvent, T?> evolve, IEnumerable<Type> events)
    {
        this.evolve = evolve;
        foreach (var type in events)
        {
            IncludeType(type);
        }
    }

    public override T? Evolve(T? snapshot, string id, JasperFx.Events.IEvent e) => evolve(snapshot, new(e.TenantId), (IEvent)e.Data);
}
