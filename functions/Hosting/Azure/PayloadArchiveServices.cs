using Azure.Core;
using Cx.Functions.Store.Sealing;

namespace Cx.Functions.Hosting.Azure;

/// <summary>What is kept outside the database: archived payloads, and the register of erasures.</summary>
internal static class PayloadArchiveServices
{
    /// <param name="credential">Opens the storage account where the settings hold no connection string.</param>
    public static IServiceCollection AddPayloadArchive(this IServiceCollection services, AzureSettings settings, TokenCredential credential)
    {
        _ = (settings, credential);
        return services.AddSingleton<IErasureRegister>(FileErasureRegister.In(Path.Combine(Path.GetTempPath(), "cx-serverless")));
    }
}
