using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>
/// The Azure host with the worker's part played: routes by what the build tells the Functions host, runs the function, and executes the result it returns in the
/// same HTTP context, as the worker's ASP.NET Core integration does. All else is the host's own composition, on a real database, without the
/// storage account.
/// </summary>
internal sealed class PlayedWorker : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly NpgsqlDataSource database;
    private readonly TestFolder folder;
    private readonly CancellationTokenSource stop = new();

    private PlayedWorker(WebApplication app, NpgsqlDataSource database, TestFolder folder)
    {
        (this.app, this.database, this.folder) = (app, database, folder);
        Running = FunctionAppHost.Run(app, stop.Token);
    }

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The host's own run: ends when it is stopped, or cannot go on.</summary>
    public Task Running { get; }

    public IServiceProvider Services => app.Services;

    /// <param name="settings">As <see cref="Settings"/> gives them.</param>
    /// <param name="register">In place of an empty one.</param>
    public static async Task<PlayedWorker> Start(Dictionary<string, string?> settings, IErasureRegister? register = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(settings);
        await using var valid = Cx.Application.Configuration.Settings.Validate(builder.Configuration, services => FunctionAppSettings.Add(services, builder.Configuration));
        var (options, storage) = (valid.GetRequiredService<IOptions<FunctionAppOptions>>().Value, valid.GetRequiredService<IOptions<StorageOptions>>().Value);
        var folder = TestFolder.Create();
        var address = new DatabaseAddress(options.Postgres);
        var database = address.Pool();
        FunctionAppServices.Add(
            builder, options, storage, EntraSignIn.Credential(options.ClientId), address, database, InstallationKeys.FromMasterKey(options.MasterKey));
        builder.Services.Replace(ServiceDescriptor.Singleton(register ?? FileErasureRegister.In(folder.Data.Path)));
        builder.Services.Replace(ServiceDescriptor.Singleton<ICommitQueue>(new NoQueue()));

        var app = builder.Build();
        foreach (var function in HttpFunction.All)
        {
            _ = function.Methods.Count == 0
                ? app.Map("/" + function.Route, context => Run(function, context))
                : app.MapMethods("/" + function.Route, function.Methods, context => Run(function, context));
        }

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Lifetime.ApplicationStarted.Register(started.SetResult);
        var worker = new PlayedWorker(app, database, folder);
        await await Task.WhenAny(started.Task, worker.Running);
        worker.Address = new(app.Urls.First().TrimEnd('/') + "/");
        return worker;
    }

    public static Dictionary<string, string?> Settings(string connection) => new()
    {
        ["ConnectionStrings:Postgres"] = new NpgsqlConnectionStringBuilder(connection) { IncludeErrorDetail = false }.ConnectionString,
        ["Cx:MasterKey"] = Installation.MasterKey,
        ["Cx:AdminKey"] = Installation.AdminKey,
        ["Cx:PublicUrl"] = Installation.PublicUrl,
        ["Cx:Archive"] = "postgres",
        ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
    };

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        await database.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>There is nobody who would catch up.</summary>
    private sealed class NoQueue : ICommitQueue
    {
        public Task Announce(CancellationToken ct) => Task.CompletedTask;
    }

    private static async Task Run(HttpFunction function, HttpContext context)
    {
        var result = function.Invoke(context.RequestServices, context.Request);
        await result.ExecuteAsync(context);
        Assert.Equal("{}", JsonSerializer.Serialize<object>(result));     // what the worker would tell the Functions host of it
    }
}
