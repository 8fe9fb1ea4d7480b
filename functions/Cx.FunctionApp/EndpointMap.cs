using System.Collections.Frozen;
using Cx.Application;
using Cx.Application.Api;

namespace Cx.FunctionApp;

/// <summary>
/// The endpoints of both hosts, mapped as the Standalone host maps them and called by name: here the Functions host routes, and a function of the
/// same name and route stands before each endpoint.
/// </summary>
/// <remarks>
/// Those functions are anonymous to the Functions host on purpose: shops sign their webhooks and people hold our own keys, which the sources and
/// <see cref="KeyAuthorization"/> check on either host. A function key in front would be a second secret to rotate, and one that a shop's system cannot send.
/// </remarks>
public sealed class EndpointMap : IEndpointRouteBuilder
{
    private readonly Lazy<FrozenDictionary<string, RouteEndpoint>> endpoints;

    public EndpointMap(IServiceProvider services)
    {
        ServiceProvider = services;
        this.MapApi([]);
        Described = new CompositeEndpointDataSource(DataSources);
        endpoints = new(() => Described.Endpoints.OfType<RouteEndpoint>().ToFrozenDictionary(e => e.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName, StringComparer.Ordinal));
    }

    public IServiceProvider ServiceProvider { get; }

    public ICollection<EndpointDataSource> DataSources { get; } = [];

    /// <summary>What the API description is made from.</summary>
    public EndpointDataSource Described { get; }

    public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(ServiceProvider);

    /// <summary>The endpoint's answer, made when it is executed, in the HTTP context of the invocation.</summary>
    /// <exception cref="KeyNotFoundException">No endpoint has this name.</exception>
    public IResult Answer(string name) => new Answering(endpoints.Value[name]);

    // Without public properties: the worker also writes what a function returns to the Functions host, as JSON.
    internal sealed class Answering(RouteEndpoint endpoint) : IResult
    {
        internal RouteEndpoint Endpoint => endpoint;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.SetEndpoint(endpoint);
            return Middleware.HandleErrors(httpContext, context => Middleware.Authorize(context, endpoint.RequestDelegate!));
        }
    }
}

internal static class EndpointMapServices
{
    public static IServiceCollection AddEndpointMap(this IServiceCollection services)
    {
        services.AddRouting();
        services.AddSingleton<EndpointMap>();

        // The API description asks the container for the endpoints. Routing itself does not: the worker's own routes stay what requests are matched with.
        services.AddSingleton(s => s.GetRequiredService<EndpointMap>().Described);
        return services;
    }
}
