using Cx.Application.Api;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.Shops;

/// <summary>Setting up shops, their sources and their keys.</summary>
public static class ShopEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("putShop", "PUT", Routes.Shop, Access.Admin, Shops.Put)
        {
            Summary = "Creates a shop or changes its settings, whole",
            Accepts = typeof(ShopSettingsRequest), Returns = typeof(ShopResponse), Statuses = [200, 201], Refuses = [412, 422],
            Headers = [("If-Match", false, "The ETag of what was read: 412 when the shop changed since.")],
        },
        new("getShop", "GET", Routes.Shop, Access.Admin, Shops.Get)
        {
            Summary = "A shop's settings with their defaults", Returns = typeof(ShopResponse),
        },
        new("listShops", "GET", Routes.Shops, Access.Admin, Shops.List)
        {
            Summary = "All shops; for the installation's own key", Returns = typeof(Page<ShopResponse>), Refuses = [400],
        },
        new("putSource", "PUT", Routes.Source, Access.Admin, Sources.Put)
        {
            Summary = "Connects a source with its secrets",
            Accepts = typeof(SourceRequest), Returns = typeof(SourceResponse), Refuses = [422],
        },
        new("listSources", "GET", Routes.Sources, Access.Admin, Sources.List)
        {
            Summary = "The shop's sources and their webhook addresses", Returns = typeof(Page<SourceResponse>),
        },
        new("deleteSource", "DELETE", Routes.Source, Access.Admin, Sources.Delete)
        {
            Summary = "Disconnects a source", Statuses = [204],
        },
        new("listFailedEvents", "GET", Routes.FailedEvents, Access.Admin, FailedEventHandlers.List)
        {
            Summary = "Events that a view could not digest and goes on without, the newest first", Returns = typeof(Page<FailedEvent>), Refuses = [400],
        },
        new("listAudit", "GET", Routes.Audit, Access.Admin, AuditHandlers.List)
        {
            Summary = "Who opened, exported, erased, linked or restricted whose personal data, the newest first; ?customer= and ?action=",
            Returns = typeof(Page<AuditResponse>), Refuses = [400],
        },
        new("createKey", "POST", Routes.Keys, Access.Admin, Keys.Create)
        {
            Summary = "Makes a scoped key, shown once",
            Accepts = typeof(KeyRequest), Returns = typeof(NewKeyResponse), Statuses = [201], Refuses = [422],
        },
        new("listKeys", "GET", Routes.Keys, Access.Admin, Keys.List)
        {
            Summary = "The shop's keys, without their secrets", Returns = typeof(Page<KeyResponse>),
        },
        new("revokeKey", "DELETE", Routes.Key, Access.Admin, Keys.Revoke)
        {
            Summary = "Revokes a key", Statuses = [204],
        },
    ];
}
