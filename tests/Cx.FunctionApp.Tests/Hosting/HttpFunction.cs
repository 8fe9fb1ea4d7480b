using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>An HTTP function as the Functions host sees it: by its attributes.</summary>
internal sealed record HttpFunction(string Name, string Route, string Method, AuthorizationLevel Level, MethodInfo Code)
{
    public static IReadOnlyList<HttpFunction> All { get; } =
    [
        .. from type in typeof(EndpointMap).Assembly.GetTypes()
           from code in type.GetMethods()
           let name = code.GetCustomAttribute<FunctionAttribute>()?.Name
           let trigger = code.GetParameters().Select(p => p.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(t => t is not null)
           where name is not null && trigger is not null
           select new HttpFunction(name, trigger.Route!, Assert.Single(trigger.Methods!), trigger.AuthLevel, code),
    ];

    /// <summary>Runs it as the worker does: in a scope of its own, given the request.</summary>
    public IResult Invoke(IServiceProvider scope, HttpRequest? request) =>
        (IResult)Code.Invoke(ActivatorUtilities.CreateInstance(scope, Code.DeclaringType!), [request])!;
}
