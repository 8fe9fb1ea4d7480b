using Cx.Application.Configuration;
using Cx.Application.Privacy;
using Cx.FunctionApp;
using Microsoft.Azure.Functions.Worker.Builder;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
try
{
    await FunctionAppHost.Run(builder, CancellationToken.None);
    return 0;
}
catch (Exception e) when (e is InvalidSettingsException or KeyMismatchException or InvalidDataException)
{
    // The Functions host logs what the worker writes here: the operator reads what is wrong, and no stack trace.
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
