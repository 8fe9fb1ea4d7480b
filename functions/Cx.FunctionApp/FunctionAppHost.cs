using Cx.Application;
using Cx.Application.Configuration;
using Cx.Application.EventStore.Marten;
using Cx.Application.EventStore.Postgres;
using Cx.Application.Privacy;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Options;

namespace Cx.FunctionApp;

/// <summary>The start of the worker: settings, keys and database are checked, and what was erased is erased again, before the first request.</summary>
internal static class FunctionAppHost
{
    /// <summary>Runs until the Functions host stops the worker.</summary>
    /// <exception cref="InvalidSettingsException">What is missing or wrong, by name.</exception>
    /// <exception cref="KeyMismatchException">The database was written with other keys.</exception>
    public static async Task Run(FunctionsApplicationBuilder builder, CancellationToken ct)
    {
        await using var valid = Settings.Validate(builder.Configuration, services => FunctionAppSettings.Add(services, builder.Configuration));
        var (options, storage) = (valid.GetRequiredService<IOptions<FunctionAppOptions>>().Value, valid.GetRequiredService<IOptions<StorageOptions>>().Value);
        var keys = InstallationKeys.FromMasterKey(options.MasterKey);
        var credential = EntraSignIn.Credential(options.ClientId);
        var address = new DatabaseAddress(options.Postgres, options.SignsInWithToken ? EntraSignIn.DatabasePassword(credential) : null);
        await using var database = address.Pool();
        await Schema.Upgrade(database, ct);
        await Fingerprints.Check(database, keys, ct);

        using var marten = new MartenStore(database);
        await marten.Prepare(ct);

        var storageCredential = storage.ClientId is { } other ? EntraSignIn.Credential(other) : credential;
        builder.Services.AddTelemetry(valid.GetRequiredService<IOptions<TelemetryOptions>>().Value, credential);
        FunctionAppServices.Add(builder, options, storage, storageCredential, address, database, new MartenEventTables(marten), keys);
        using var host = builder.Build();
        await host.Services.GetRequiredService<Erasing>().Reapply(ct);
        await host.RunAsync(ct);
    }
}
