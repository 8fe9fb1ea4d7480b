// The few members of the Azure Functions worker that the Azure host uses, as Microsoft.Azure.Functions.Worker 2.52 declares them.
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker
{
    public interface IFunctionsWorkerApplicationBuilder
    {
        IServiceCollection Services { get; }
    }

    [AttributeUsage(AttributeTargets.Method)]
    public class FunctionAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    public static class FunctionsApplication
    {
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new();
    }

    public sealed class FunctionsApplicationBuilder : IFunctionsWorkerApplicationBuilder
    {
        private readonly HostApplicationBuilder host = Host.CreateEmptyApplicationBuilder(new());

        public IServiceCollection Services => host.Services;

        public ConfigurationManager Configuration => host.Configuration;

        public ILoggingBuilder Logging => host.Logging;

        public IHostEnvironment Environment => host.Environment;

        public IHost Build() => host.Build();
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        public static Microsoft.Azure.Functions.Worker.Builder.FunctionsApplicationBuilder ConfigureFunctionsWebApplication(
            this Microsoft.Azure.Functions.Worker.Builder.FunctionsApplicationBuilder builder) => builder;
    }
}
