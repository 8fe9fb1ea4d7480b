using Cx.Application;
using Cx.Application.Configuration;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Marten;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Cx.FunctionApp;

/// <summary>
/// The start of the worker: settings and keys are checked, then the database, and what was erased is erased again, before the store is used. The worker
/// starts also while the database cannot be reached; the Functions host would give up one that ends.
/// </summary>
internal static class FunctionAppHost
{
    // The activity source of its client, which puts an orchestration into the trace of what started it.
    private const string DurableTask = "Microsoft.DurableTask";

    /// <summary>Runs until the Functions host stops the worker.</summary>
    /// <exception cref="InvalidSettingsException">What is missing or wrong, by name.</exception>
    /// <exception cref="KeyMismatchException">The database was written with other keys.</exception>
    /// <exception cref="InvalidDataException">The erasure register cannot be read.</exception>
    public static async Task Run(FunctionsApplicationBuilder builder, CancellationToken ct)
    {
        await using var valid = Settings.Validate(builder.Configuration, services => FunctionAppSettings.Add(services, builder.Configuration));
        var (options, storage) = (valid.GetRequiredService<IOptions<FunctionAppOptions>>().Value, valid.GetRequiredService<IOptions<StorageOptions>>().Value);
        var keys = InstallationKeys.FromMasterKey(options.MasterKey);
        var credential = EntraSignIn.Credential(options.ClientId);
        var address = new DatabaseAddress(options.Postgres, options.SignsInWithToken ? EntraSignIn.DatabasePassword(credential) : null);
        await using var database = address.Pool();

        var storageCredential = storage.ClientId is { } other ? EntraSignIn.Credential(other) : credential;
        builder.Services.AddTelemetry(valid.GetRequiredService<IOptions<TelemetryOptions>>().Value, credential)?
            .UseFunctionsWorkerDefaults()
            .WithTracing(t => t.AddSource(DurableTask));
        builder.UseMiddleware<PreparedFirst>();
        FunctionAppServices.Add(builder, options, storage, storageCredential, address, database, keys);
        using var host = builder.Build();
        await Run(host, ct);
    }

    /// <summary>Prepares the store while the host starts: the first requests wait for it. Ends with the host, which it disposes of.</summary>
    internal static async Task Run(IHost host, CancellationToken ct)
    {
        var preparation = host.Services.GetRequiredService<Preparation>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var preparing = Task.Run(Prepare, CancellationToken.None);
        try
        {
            await host.RunAsync(stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await preparing;
        }

        async Task Prepare()
        {
            try
            {
                await preparation.Run(token => Work(host.Services, token), stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    private static async Task Work(IServiceProvider services, CancellationToken ct)
    {
        var database = services.GetRequiredService<NpgsqlDataSource>();
        await MartenSchema.Prepare(services.GetRequiredService<IDocumentStore>(), database, ct);
        await Fingerprints.Check(database, services.GetRequiredService<InstallationKeys>(), ct);
        await services.GetRequiredService<Erasing>().Reapply(ct);
    }
}
