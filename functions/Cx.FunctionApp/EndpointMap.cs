using Cx.Application;
using Cx.Application.Api;

namespace Cx.FunctionApp;

/// <summary>
/// The endpoints of both hosts, mapped and routed here as the Standalone host does it: the Functions host only chooses the function, so addresses and
/// methods that no endpoint takes are answered alike.
/// </summary>
public sealed class EndpointMap : IEndpointRouteBuilder
{
    private readonly Preparation preparation;

    public EndpointMap(IServiceProvider services, Preparation preparation)
    {
        ServiceProvider = services;
        this.preparation = preparation;
        this.MapApi([]);
        Described = new CompositeEndpointDataSource(DataSources);
        Answer = new Answering(new(Pipeline));
    }

    public IServiceProvider ServiceProvider { get; }

    public ICollection<EndpointDataSource> DataSources { get; } = [];

    /// <summary>What the API description is made from.</summary>
    public EndpointDataSource Described { get; }

    /// <summary>The answer to whatever request it is executed for.</summary>
    public IResult Answer { get; }

    public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(ServiceProvider);

    private RequestDelegate Pipeline()
    {
        var app = CreateApplicationBuilder();
        app.Use(Middleware.HandleErrors);
        app.UseRouting();
        app.Use(Await);
        app.Use(Middleware.Authorize);
        app.UseEndpoints(routes =>
        {
            foreach (var source in DataSources)
            {
                routes.DataSources.Add(source);
            }
        });
        return app.Build();
    }

    // The API's description, and an answer that there is nothing here, need no store.
    private async Task Await(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Cx.Application.Api.Endpoint>() is { Route: not Routes.Live } endpoint)
        {
            await preparation.Demand(endpoint.Route == Routes.Ready ? Preparation.HealthPatience : Preparation.Patience, context.RequestAborted);
        }

        await next(context);
    }

    // Without public properties: the worker also writes what a function returns to the Functions host, as JSON.
    private sealed class Answering(Lazy<RequestDelegate> pipeline) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            // What the worker matched is the function; routing leaves a request alone that has an endpoint.
            httpContext.SetEndpoint(null);
            httpContext.Request.RouteValues.Clear();
            return pipeline.Value(httpContext);
        }
    }
}

internal static class EndpointMapServices
{
    public static IServiceCollection AddEndpointMap(this IServiceCollection services)
    {
        services.AddRouting();
        services.AddSingleton<Preparation>();
        services.AddSingleton<EndpointMap>();

        // The API description asks the container for the endpoints: ours, without the worker's functions.
        services.AddSingleton(s => s.GetRequiredService<EndpointMap>().Described);
        return services;
    }
}
