using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Cx.Application.Configuration;
using Cx.Application.Observability;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Cx.Application;

/// <summary>Where traces and metrics go; nowhere when neither setting is given.</summary>
public sealed record TelemetryOptions : IValidatableObject
{
    /// <summary>The exporter reads the other <c>OTEL_EXPORTER_OTLP_*</c> settings itself.</summary>
    [Setting("OTEL_EXPORTER_OTLP_ENDPOINT", "where traces and metrics go over OTLP, like http://localhost:4317")]
    public Uri? OtlpEndpoint { get; init; }

    [Setting("APPLICATIONINSIGHTS_CONNECTION_STRING", "traces and metrics go to Azure Monitor")]
    public string? ApplicationInsights { get; init; }

    [Setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Azure Monitor is signed in to with the identity of the app")]
    public string? ApplicationInsightsAuthentication { get; init; }

    // The generated one would print the key.
    public override string ToString() => nameof(TelemetryOptions);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OtlpEndpoint is { IsAbsoluteUri: false } or { Scheme: not ("http" or "https") })
        {
            yield return new("an absolute http or https address.", [nameof(OtlpEndpoint)]);
        }

        if (ApplicationInsights?.Contains("InstrumentationKey=", StringComparison.OrdinalIgnoreCase) is false)
        {
            yield return new("a connection string: InstrumentationKey=…;IngestionEndpoint=….", [nameof(ApplicationInsights)]);
        }
    }
}

/// <summary>Traces and metrics of requests, of calls to others, of the database and of the runtime, and our own and Marten's.</summary>
internal static class Telemetry
{
    // Its activity source and its meter.
    private const string Marten = "Marten";

    /// <param name="credential">Signs in to Azure Monitor where the settings ask for it.</param>
    /// <returns>What a host adds its own to; null where nothing is collected.</returns>
    public static IOpenTelemetryBuilder? AddTelemetry(this IServiceCollection services, TelemetryOptions options, TokenCredential? credential = null)
    {
        if (options is { OtlpEndpoint: null, ApplicationInsights: null })
        {
            return null;
        }

        IOpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("cx-serverless"))
            .WithTracing(t => t.Instrument())
            .WithMetrics(m => m.Instrument());
        if (options.OtlpEndpoint is not null)
        {
            telemetry.WithTracing(t => t.AddOtlpExporter()).WithMetrics(m => m.AddOtlpExporter());
        }

        if (options.ApplicationInsights is not null)
        {
            telemetry.WithTracing(t => t.AddAzureMonitorTraceExporter(Connect)).WithMetrics(m => m.AddAzureMonitorMetricExporter(Connect));
        }

        return telemetry;

        void Connect(AzureMonitorExporterOptions exporter)
        {
            exporter.ConnectionString = options.ApplicationInsights;
            exporter.Credential = options.ApplicationInsightsAuthentication is null ? null : credential;
        }
    }

    /// <summary>Spans of requests, outgoing calls and statements, without what may name a person.</summary>
    public static TracerProviderBuilder Instrument(this TracerProviderBuilder traces) => traces
        .AddAspNetCoreInstrumentation(o => o.Filter = context => !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
        .AddHttpClientInstrumentation()
        .AddNpgsql()
        .AddSource(Instruments.Name, Marten)
        .AddProcessor(new KnownAttributesOnly());

    public static MeterProviderBuilder Instrument(this MeterProviderBuilder metrics) => metrics
        .AddAspNetCoreInstrumentation()
        .AddHttpClientInstrumentation()
        .AddRuntimeInstrumentation()
        .AddNpgsqlInstrumentation()
        .AddMeter(Instruments.Name, Marten);

    /// <summary>
    /// Removes every attribute that is not known to be harmless. Paths and queries go: they hold unsubscribe tokens, customer ids and secrets of
    /// receivers; the route stays. Statements stay: all values in them are parameters.
    /// </summary>
    private sealed class KnownAttributesOnly : BaseProcessor<Activity>
    {
        private static readonly FrozenSet<string> Harmless = FrozenSet.Create(
            "http.request.method", "http.response.status_code", "http.route", "url.scheme", "server.address", "server.port", "network.protocol.version", "error.type",
            "db.system", "db.system.name", "db.namespace", "db.name", "db.query.text", "db.statement", "db.response.status_code",
            "cx.sender", "cx.result", "faas.name", "faas.trigger", "faas.invocation_id");

        public override void OnEnd(Activity data)
        {
            foreach (var (name, _) in data.TagObjects.ToList())
            {
                if (!Harmless.Contains(name))
                {
                    data.SetTag(name, null);
                }
            }

            data.SetStatus(data.Status);   // Without the description, which is an exception's message.
        }
    }
}
