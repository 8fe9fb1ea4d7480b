using Cx.Application;
using Cx.Application.EventStore.Marten;
using Cx.Application.EventStore.Postgres;
using Cx.Application.Privacy;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Cx.FunctionApp;

/// <summary>The start of the worker: settings, keys and database are checked, and what was erased is erased again, before the first request.</summary>
internal static class AzureHost
{
    /// <summary>Runs until the Functions host stops the worker.</summary>
    /// <exception cref="InvalidSettingsException">What is missing or wrong, by name.</exception>
    /// <exception cref="UnusableKeysException">The master key is not of the form that is needed.</exception>
    /// <exception cref="KeyMismatchException">The database was written with other keys.</exception>
    public static async Task Run(FunctionsApplicationBuilder builder, CancellationToken ct)
    {
        var settings = AzureSettings.Read(builder.Configuration);
        var keys = InstallationKeys.FromMasterKey(settings.MasterKey);
        var credential = EntraPassword.Credential(settings.ClientId);
        using var token = new EntraPassword(credential, TimeProvider.System);
        var address = new DatabaseAddress(settings.Postgres, settings.SignsInWithToken ? token.Get : null);
        await using var database = address.Pool();
        await Schema.Upgrade(database, ct);
        await Fingerprints.Check(database, keys, ct);

        using var marten = new MartenStore(database);
        await marten.Prepare(ct);

        var storage = settings.Storage.ClientId is { } other ? EntraPassword.Credential(other) : credential;
        AzureComposition.Add(builder, settings, storage, address, database, new MartenEventTables(marten), keys);
        using var host = builder.Build();
        await host.Services.GetRequiredService<Erasing>().Reapply(ct);
        await host.RunAsync(ct);
    }
}
