using Cx.Application.Api;
using Cx.Application.Privacy;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.Customers;

/// <summary>What is known of customers, and what people record about them by hand.</summary>
public static class CustomerEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("lookupCustomer", "POST", Routes.CustomerLookup, Access.Read, CustomerQueries.Lookup)
        {
            Summary = "Finds a customer by any identifier",
            Accepts = typeof(LookupRequest), Returns = typeof(CustomerResponse), Refuses = [410, 422],
        },
        new("listCustomers", "GET", Routes.Customers, Access.Read, CustomerQueries.List)
        {
            Summary = "All customers with their score now; a page may be shorter than its limit while there is a next one", Returns = typeof(Page<CustomerSummaryResponse>), Refuses = [400],
        },
        new("getCustomer", "GET", Routes.Customer, Access.Read, CustomerQueries.Get)
        {
            Summary = "A customer with orders, consents and conversations", Returns = typeof(CustomerResponse), Refuses = [410],
        },
        new("getExperience", "GET", Routes.Experience, Access.Read, ExperienceQuery.Get)
        {
            Summary = "Perceived quality at an instant, explained", Returns = typeof(ExperienceResponse), Refuses = [400, 410], Headers = [Endpoint.LanguageHeader],
        },
        new("listTouchpoints", "GET", Routes.Timeline, Access.Read, Timeline.Get)
        {
            Summary = "All that happened with a customer", Returns = typeof(Page<TouchpointResponse>), Refuses = [400, 410],
        },
        new("exportCustomer", "GET", Routes.Export, Access.Read, Export.Get)
        {
            Summary = "All that is held about a customer", Returns = typeof(ExportResponse), Refuses = [410],
        },
        new("putConsent", "PUT", Routes.Consents, Access.Marketing, CustomerCommands.PutConsent)
        {
            Summary = "Records a consent or an objection",
            Accepts = typeof(ConsentRequest), Returns = typeof(Page<ConsentResponse>), Refuses = [409, 410, 422],
        },
        new("openComplaint", "POST", Routes.Complaints, Access.Marketing, CustomerCommands.OpenComplaint)
        {
            Summary = "Records a complaint",
            Accepts = typeof(ComplaintRequest), Returns = typeof(ComplaintOpenedResponse), Statuses = [200, 201], Refuses = [409, 410, 422],
            Headers = [("Idempotency-Key", false, "Repeating the request under it opens no second complaint.")],
        },
        new("resolveComplaint", "POST", Routes.ResolveComplaint, Access.Marketing, CustomerCommands.ResolveComplaint)
        {
            Summary = "Settles a complaint",
            Accepts = typeof(ResolutionRequest), Returns = typeof(ComplaintResponse), Refuses = [409, 410, 422],
        },
        new("listLinks", "GET", Routes.Links, Access.Read, CustomerLinks.Get)
        {
            Summary = "The records that are one customer", Returns = typeof(LinksResponse), Refuses = [410],
        },
        new("listLinkCandidates", "GET", Routes.LinkCandidates, Access.Admin, CustomerLinks.Candidates)
        {
            Summary = "Pairs of customers who may be one person", Returns = typeof(Page<LinkCandidateResponse>), Refuses = [400],
        },
        new("linkCustomers", "POST", Routes.Links, Access.Admin, CustomerLinks.Add)
        {
            Summary = "Links another record of the same person",
            Accepts = typeof(LinkRequest), Returns = typeof(LinksResponse), Refuses = [409, 410, 422],
        },
        new("unlinkCustomers", "DELETE", Routes.Link, Access.Admin, CustomerLinks.Remove)
        {
            Summary = "Parts a record from the others again", Statuses = [204], Refuses = [409, 410],
        },
        new("restrictProcessing", "PUT", Routes.Restriction, Access.Admin, CustomerRights.Restrict)
        {
            Summary = "Restricts processing: data are kept, nothing is sent, and nothing shown but to administrators",
            Returns = typeof(RightsResponse), Refuses = [410],
        },
        new("liftRestriction", "DELETE", Routes.Restriction, Access.Admin, CustomerRights.LiftRestriction)
        {
            Summary = "Lifts a restriction; what was held meanwhile is decided by the usual rules", Returns = typeof(RightsResponse), Refuses = [410],
        },
        new("objectToProfiling", "PUT", Routes.ProfilingObjection, Access.Marketing, CustomerRights.ObjectToProfiling)
        {
            Summary = "Records an objection to profiling: no score, no segments, no offers", Returns = typeof(RightsResponse), Refuses = [410],
        },
        new("liftProfilingObjection", "DELETE", Routes.ProfilingObjection, Access.Marketing, CustomerRights.LiftProfilingObjection)
        {
            Summary = "Takes an objection to profiling back", Returns = typeof(RightsResponse), Refuses = [410],
        },
        new("listInactive", "GET", Routes.Retention, Access.Admin, RetentionList.Get)
        {
            Summary = "Who is erased for want of contact, and when; by ?until=, or as ?days= would", Returns = typeof(Page<InactiveCustomer>), Refuses = [400],
        },
        new("eraseCustomer", "DELETE", Routes.Customer, Access.Admin, CustomerCommands.Erase)
        {
            Summary = "Erases a customer for good", Statuses = [204],
        },
    ];
}
