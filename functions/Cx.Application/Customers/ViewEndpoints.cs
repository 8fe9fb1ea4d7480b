using Cx.Application.Api;
using Cx.Application.Privacy;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.Customers;

/// <summary>What is known of customers, and what people record about them by hand.</summary>
public static class ViewEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("lookupCustomer", "POST", Routes.CustomerLookup, Access.Read, CustomerList.Lookup) { Summary = "Finds a customer by any identifier", Returns = typeof(CustomerView) },
        new("listCustomers", "GET", Routes.Customers, Access.Read, CustomerList.List) { Summary = "All customers with their score now", Returns = typeof(Page<CustomerItem>) },
        new("getCustomer", "GET", Routes.Customer, Access.Read, CustomerList.Get) { Summary = "A customer with orders, consents and conversations", Returns = typeof(CustomerView) },
        new("getExperience", "GET", Routes.Experience, Access.Read, ExperienceReading.Get) { Summary = "Perceived quality at an instant, explained", Returns = typeof(ExperienceView) },
        new("listTouchpoints", "GET", Routes.Timeline, Access.Read, Timeline.Get) { Summary = "All that happened with a customer", Returns = typeof(Page<TouchpointView>) },
        new("exportCustomer", "GET", Routes.Export, Access.Read, Export.Get) { Summary = "All that is held about a customer", Returns = typeof(ExportView) },
        new("putConsent", "PUT", Routes.Consents, Access.Marketing, CustomerCommands.PutConsent) { Summary = "Records a consent or an objection", Returns = typeof(Page<ConsentView>) },
        new("openComplaint", "POST", Routes.Complaints, Access.Marketing, CustomerCommands.OpenComplaint) { Summary = "Records a complaint", Returns = typeof(ComplaintOpenedView) },
        new("resolveComplaint", "POST", Routes.ResolveComplaint, Access.Marketing, CustomerCommands.ResolveComplaint) { Summary = "Settles a complaint", Returns = typeof(ComplaintView) },
    ];
}
