using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Cx.Application;

/// <summary>Traces and metrics over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to; they carry routes and counts, no personal data.</summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void Add(IHostApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[Endpoint]))
        {
            return;
        }

        var resource = ResourceBuilder.CreateDefault().AddService("cx-serverless");
        builder.Services.AddSingleton(Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource("Npgsql", "Microsoft.AspNetCore").AddOtlpExporter().Build());
        builder.Services.AddSingleton(Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter("Npgsql", "Microsoft.AspNetCore.Hosting", "System.Runtime").AddOtlpExporter().Build());
        builder.Services.AddHostedService<Exporting>();
    }

    // The providers work as long as they are held; the container also flushes them when it ends.
    private sealed class Exporting(TracerProvider traces, MeterProvider metrics) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            traces.ForceFlush();
            metrics.ForceFlush();
            return Task.CompletedTask;
        }
    }
}
