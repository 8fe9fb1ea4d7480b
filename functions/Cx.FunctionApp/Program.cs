using Cx.Application;
using Cx.Application.Privacy;
using Cx.FunctionApp;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Options;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
try
{
    await AzureHost.Run(builder, CancellationToken.None);
    return 0;
}
catch (Exception e) when (e is InvalidSettingsException or OptionsValidationException or UnusableKeysException or KeyMismatchException)
{
    // The Functions host logs what the worker writes here: the operator reads what is wrong, and no stack trace.
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
