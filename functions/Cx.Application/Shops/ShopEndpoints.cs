using Cx.Application.Api;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.Shops;

/// <summary>Setting up shops, and what needs the same trust.</summary>
public static class ShopEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("putShop", "PUT", Routes.Shop, Access.Admin, Shops.Put) { Summary = "Creates a shop or changes its settings, whole", Returns = typeof(ShopResponse) },
        new("getShop", "GET", Routes.Shop, Access.Admin, Shops.Get) { Summary = "A shop's settings with their defaults", Returns = typeof(ShopResponse) },
        new("listShops", "GET", Routes.Shops, Access.Admin, Shops.List) { Summary = "All shops; for the installation's own key", Returns = typeof(Page<ShopResponse>) },
        new("putSource", "PUT", Routes.Source, Access.Admin, Sources.Put) { Summary = "Connects a source with its secrets", Returns = typeof(SourceResponse) },
        new("listSources", "GET", Routes.Sources, Access.Admin, Sources.List) { Summary = "The shop's sources and their webhook addresses", Returns = typeof(Page<SourceResponse>) },
        new("deleteSource", "DELETE", Routes.Source, Access.Admin, Sources.Delete) { Summary = "Disconnects a source" },
        new("createKey", "POST", Routes.Keys, Access.Admin, Keys.Create) { Summary = "Makes a scoped key, shown once", Returns = typeof(NewKeyResponse) },
        new("listKeys", "GET", Routes.Keys, Access.Admin, Keys.List) { Summary = "The shop's keys, without their secrets", Returns = typeof(Page<KeyResponse>) },
        new("revokeKey", "DELETE", Routes.Key, Access.Admin, Keys.Revoke) { Summary = "Revokes a key" },
        new("putSending", "PUT", Routes.Sending, Access.Admin, SendingSwitch.Put) { Summary = "Switches sending on, off or to a pause", Returns = typeof(SendingResponse) },
        new("getSending", "GET", Routes.Sending, Access.Admin, SendingSwitch.Get) { Summary = "Whether messages may leave", Returns = typeof(SendingResponse) },
    ];
}
