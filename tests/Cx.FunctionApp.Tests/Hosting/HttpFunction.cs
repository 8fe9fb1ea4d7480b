using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>An HTTP function as the Functions host sees it.</summary>
/// <param name="Methods">Empty: all.</param>
internal sealed record HttpFunction(string Name, string Route, IReadOnlyList<string> Methods, string Level, MethodInfo Code)
{
    public static IReadOnlyList<HttpFunction> All { get; } =
    [
        .. from function in FunctionsMetadata.All
           where function.TriggerType == "httpTrigger"
           let trigger = function.Trigger
           let dot = function.EntryPoint.LastIndexOf('.')
           select new HttpFunction(
               function.Name, (string)trigger["route"]!, [.. trigger["methods"]?.AsArray().Select(m => (string)m!) ?? []], (string)trigger["authLevel"]!,
               typeof(EndpointMap).Assembly.GetType(function.EntryPoint[..dot], throwOnError: true)!.GetMethod(function.EntryPoint[(dot + 1)..])!),
    ];

    /// <summary>Runs it as the worker does: in a scope of its own, given the request.</summary>
    public IResult Invoke(IServiceProvider scope, HttpRequest? request) =>
        (IResult)Code.Invoke(ActivatorUtilities.CreateInstance(scope, Code.DeclaringType!), [request])!;
}
