using Cx.Application.Api;
using Cx.Application.Customers;
using Cx.Application.FollowUps;
using Cx.Application.Intake;
using Cx.Application.Shops;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application;

/// <summary>Which routes lead where, on either host.</summary>
internal static class ApiEndpoints
{
    /// <summary>The name of the API description's route, which the framework makes.</summary>
    public const string Description = "openApi";

    /// <summary>Every route of both hosts but the API description.</summary>
    public static IReadOnlyList<Endpoint> All { get; } = [.. IntakeEndpoints.All, .. CustomerEndpoints.All, .. FollowUpEndpoints.All, .. ShopEndpoints.All, .. Health.Endpoints];

    /// <param name="further">Routes of one host alone.</param>
    public static void MapApi(this IEndpointRouteBuilder routes, IEnumerable<Endpoint> further)
    {
        foreach (var endpoint in All.Concat(further))
        {
            var mapped = routes.MapMethods("/" + endpoint.Route, [endpoint.Method], endpoint.Handle).WithName(endpoint.Name).WithSummary(endpoint.Summary).WithMetadata(endpoint);
            if (endpoint.Returns is { } type)
            {
                mapped.Produces(StatusCodes.Status200OK, type);
            }
        }

        routes.MapOpenApi("/" + Routes.Description).WithName(Description);
    }
}
