using Cx.Application.Api;
using Cx.Application.Customers;
using Cx.Application.FollowUps;
using Cx.Application.FollowUps.Cadences;
using Cx.Application.FollowUps.Forecasts;
using Cx.Application.FollowUps.Policies;
using Cx.Application.FollowUps.Readiness;
using Cx.Application.FollowUps.Simulations;
using Cx.Application.FollowUps.Templates;
using Cx.Application.FollowUps.TestMessages;
using Cx.Application.Intake;
using Cx.Application.Shops;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application;

/// <summary>Which routes lead where, on either host.</summary>
internal static class ApiEndpoints
{
    private static readonly (string Group, IReadOnlyList<Endpoint> Endpoints)[] Groups =
    [
        ("Intake", IntakeEndpoints.All), ("Customers", CustomerEndpoints.All), ("Follow-ups", FollowUpEndpoints.All),
        ("Cadences", [.. CadenceEndpoints.All, .. TestMessageHandlers.Endpoints]), ("Contact policy", PolicyEndpoints.All), ("Simulations", SimulationEndpoints.All),
        ("Forecast", ForecastEndpoints.All), ("Sending", SendingHandlers.Endpoints),
        ("Templates", TemplateEndpoints.All),
        ("Shops", ShopEndpoints.All),
        ("Health", Health.Endpoints),
    ];

    /// <summary>Every route of both hosts but the API description.</summary>
    public static IReadOnlyList<Endpoint> All { get; } = [.. Groups.SelectMany(g => g.Endpoints)];

    /// <param name="further">Routes of one host alone.</param>
    public static void MapApi(this IEndpointRouteBuilder routes, IReadOnlyList<Endpoint> further)
    {
        foreach (var (group, endpoints) in Groups.Append(("Development", further)))
        {
            foreach (var endpoint in endpoints)
            {
                routes.MapMethods("/" + endpoint.Route, [endpoint.Method], endpoint.Handle).Describe(endpoint).WithTags(group);
                if (endpoint.Method == HttpMethods.Get)
                {
                    // A route of its own: the description would have the operation twice.
                    routes.MapMethods("/" + endpoint.Route, [HttpMethods.Head], endpoint.Handle).WithMetadata(endpoint).ExcludeFromDescription();
                }
            }
        }

        routes.MapOpenApi("/" + Routes.Description);
        routes.MapApiReference();
    }
}
