using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps;
using Cx.Application.FollowUps.Explanations;
using Cx.Application.FollowUps.Outbox;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cx.Tests.FollowUps.Explanations;

/// <summary>The endpoints of follow-ups behind real HTTP, without the gate.</summary>
internal sealed class FollowUpApi : IAsyncDisposable
{
    private readonly WebApplication app;

    private FollowUpApi(WebApplication app) => this.app = app;

    public HttpClient Http { get; private set; } = null!;

    public static async Task<FollowUpApi> Open(Site site)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.ConfigureHttpJsonOptions(o => ApiJson.Configure(o.SerializerOptions));
        builder.Services.AddSingleton(site.Data).AddSingleton(site.Store).AddSingleton(site.Customers).AddSingleton(site.Shops).AddSingleton(site.Links).AddSingleton(site.Composer).AddSingleton(site.Clock)
            .AddSingleton<FollowUpDirectory>().AddSingleton<MessageDirectory>().AddSingleton<AuditLog>()
            .AddSingleton<StepControlling>().AddSingleton(new KeyDirectory(Stores.Marten(site.Data), site.Store));
        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            context.Features.Set(new Caller(Caller.Installation, []));
            try
            {
                await next(context);
            }
            catch (Exception e) when (Problems.Of(e) is { } problem)
            {
                await problem.ExecuteAsync(context);
            }
        });
        foreach (var endpoint in FollowUpEndpoints.All)
        {
            app.MapMethods(endpoint.Route, [endpoint.Method], endpoint.Handle);
        }

        await app.StartAsync();
        var api = new FollowUpApi(app) { Http = Contract.Client(new(app.Urls.First())) };
        api.Http.DefaultRequestHeaders.Add("Accept-Language", "en");
        return api;
    }

    public async Task<JsonElement> Get(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    public async Task<(int Status, JsonElement Body)> Post(string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
    }
}
