using System.Text;
using System.Text.Json;
using Cx.Application.Api;
using Cx.Domain.FollowUps.Policies;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.FollowUps.Policies;

/// <summary>The routes by which marketing configures and publishes the contact policy.</summary>
public static class PolicyEndpoints
{
    private const string SchemaType = "application/schema+json";

    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("getPolicy", "GET", Routes.Policy, Access.Marketing, PolicyHandlers.Get)
        {
            Summary = "The contact policy in force, its draft, and who published which version when.", Returns = typeof(PolicyResponse),
        },
        new("getPolicyVersion", "GET", Routes.PolicyVersion, Access.Marketing, PolicyHandlers.GetVersion)
        {
            Summary = "A published version, which never changes.", Returns = typeof(ContactPolicy), Refuses = [400],
        },
        new("putPolicyDraft", "PUT", Routes.PolicyDraft, Access.Marketing, PolicyHandlers.PutDraft)
        {
            Summary = "Saves what is to be published next, whole, with the defaults for what it leaves out; refused with everything that is wrong at once.",
            AcceptsSchema = "/" + Routes.PolicySchema, Returns = typeof(PolicyDraftResponse), Refuses = [412, 422],
            Headers = [("If-Match", false, "The ETag of what was read: 412 when the policy changed since.")],
        },
        new("publishPolicy", "POST", Routes.PublishPolicy, Access.Marketing, PolicyHandlers.Publish)
        {
            Summary = "Publishes the draft as the next version, for whatever is decided from then on; ?dryRun=true only says what would be.",
            Returns = typeof(PolicyPublishedResponse), Refuses = [400, 409],
        },
        new("getPolicySchema", "GET", Routes.PolicySchema, Access.Public, () => Results.Bytes(Encoding.UTF8.GetBytes(PolicyValidator.Schema), SchemaType))
        {
            Summary = "The JSON Schema of a contact policy.", Returns = typeof(JsonElement), MediaType = SchemaType,
        },
    ];
}
