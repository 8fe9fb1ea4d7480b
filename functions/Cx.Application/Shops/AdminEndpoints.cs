using Cx.Application.Api;
using Cx.Application.Privacy;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.Shops;

/// <summary>Setting up shops, and what needs the same trust.</summary>
public static class AdminEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("putShop", "PUT", Routes.Shop, Access.Admin, Shops.Put) { Summary = "Creates a shop or changes its settings, whole", Returns = typeof(ShopView) },
        new("getShop", "GET", Routes.Shop, Access.Admin, Shops.Get) { Summary = "A shop's settings with their defaults", Returns = typeof(ShopView) },
        new("listShops", "GET", Routes.Shops, Access.Admin, Shops.List) { Summary = "All shops; for the installation's own key", Returns = typeof(Page<ShopView>) },
        new("putSource", "PUT", Routes.Source, Access.Admin, Sources.Put) { Summary = "Connects a source with its secrets", Returns = typeof(SourceView) },
        new("listSources", "GET", Routes.Sources, Access.Admin, Sources.List) { Summary = "The shop's sources and their webhook addresses", Returns = typeof(Page<SourceView>) },
        new("deleteSource", "DELETE", Routes.Source, Access.Admin, Sources.Delete) { Summary = "Disconnects a source" },
        new("createKey", "POST", Routes.Keys, Access.Admin, Keys.Create) { Summary = "Makes a scoped key, shown once", Returns = typeof(NewKeyView) },
        new("listKeys", "GET", Routes.Keys, Access.Admin, Keys.List) { Summary = "The shop's keys, without their secrets", Returns = typeof(Page<KeyView>) },
        new("revokeKey", "DELETE", Routes.Key, Access.Admin, Keys.Revoke) { Summary = "Revokes a key" },
        new("putSending", "PUT", Routes.Sending, Access.Admin, SendingSwitch.Put) { Summary = "Switches sending on, off or to a pause", Returns = typeof(SendingView) },
        new("getSending", "GET", Routes.Sending, Access.Admin, SendingSwitch.Get) { Summary = "Whether messages may leave", Returns = typeof(SendingView) },
        new("eraseCustomer", "DELETE", Routes.Customer, Access.Admin, CustomerErasure.Delete) { Summary = "Forgets a customer for good" },
    ];
}
