using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Cx.Application.Privacy;
using Cx.Tests.EndToEnd;
using Cx.Tests.Support;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>With the database down at its start the worker starts, answers 503 and goes on trying; nothing uses the store before it is prepared.</summary>
public sealed class PreparationTests
{
    [Fact]
    public async Task A_worker_that_starts_before_its_database_serves_once_the_erasures_are_applied()
    {
        await using var standalone = await Installation.Start();
        using var shop = await standalone.Open("early", sending: "off");
        await shop.Shopify("orders/create", "d-1", Payloads.Order(1, "ada@example.com", await shop.Now()));
        var customer = await shop.PathOf("ada@example.com");
        var register = new HeldRegister(new(new(shop.Name), new(customer[(customer.LastIndexOf('/') + 1)..]), DateTimeOffset.UtcNow, []));
        await using var wire = new Wire(standalone.Tables.Connection);
        wire.Cut();

        await using var worker = await PlayedWorker.Start(PlayedWorker.Settings(wire.Connection), register);
        using var same = new Shop(worker.Address, shop.Name);
        await Refuses();

        wire.Mend();
        await register.Asked.WaitAsync(TimeSpan.FromSeconds(30));
        await Refuses();

        register.Release();
        await worker.Services.GetRequiredService<Preparation>().Done.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.OK, (await same.Stranger.GetAsync("health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await same.Api.GetAsync($"{shop.Path}{customer}")).StatusCode);

        async Task Refuses()
        {
            foreach (var answer in new[]
            {
                await same.Shopify("orders/create", "d-2", Payloads.Order(2, "ada@example.com", DateTimeOffset.UtcNow)),
                await same.Api.GetAsync($"{shop.Path}{customer}"),
                await same.Stranger.GetAsync("health/ready"),
            })
            {
                Assert.Equal((HttpStatusCode.ServiceUnavailable, "store-unavailable"), (answer.StatusCode, await answer.Code()));
            }

            Assert.Equal(HttpStatusCode.OK, (await same.Stranger.GetAsync("health/live")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await same.Stranger.GetAsync("no/such/route")).StatusCode);
        }
    }

    [Fact]
    public async Task A_worker_that_finds_a_database_of_other_keys_later_ends()
    {
        await using var standalone = await Installation.Start();
        await using var wire = new Wire(standalone.Tables.Connection);
        wire.Cut();
        var settings = PlayedWorker.Settings(wire.Connection);
        settings["Cx:MasterKey"] = Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)]);
        await using var worker = await PlayedWorker.Start(settings);

        wire.Mend();
        await Assert.ThrowsAsync<KeyMismatchException>(() => worker.Running.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Until_then_queues_timers_and_activities_fail_and_only_they()
    {
        var clock = new HandClock(DateTimeOffset.UnixEpoch);
        var preparation = new Preparation(clock, NullLogger<Preparation>.Instance);
        var gate = new PreparedFirst(preparation);
        var attempts = 0;
        var preparing = preparation.Run(_ => ++attempts == 1 ? throw new TimeoutException("No database.") : Task.CompletedTask, default);

        Assert.Equal(["activityTrigger", "queueTrigger", "timerTrigger"], await Failing());
        clock.Advance(TimeSpan.FromSeconds(1));
        await preparing.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(await Failing());

        async Task<IEnumerable<string>> Failing()
        {
            var failing = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var type in FunctionsMetadata.All.Select(f => f.TriggerType).Distinct())
            {
                var passed = false;
                var failure = await Record.ExceptionAsync(() => gate.Invoke(new Invocation(type), _ => Task.FromResult(passed = true)));
                Assert.Equal(passed, failure is null);
                if (!passed)
                {
                    Assert.Equal("The store is not prepared yet: No database.", failure!.Message);
                    failing.Add(type);
                }
            }

            return failing;
        }
    }

    /// <summary>The worker starts while the store is prepared: what comes first is not refused because it came too early.</summary>
    [Fact]
    public async Task The_first_attempt_is_waited_for_but_not_for_ever()
    {
        var clock = new HandClock(DateTimeOffset.UnixEpoch);
        var preparation = new Preparation(clock, NullLogger<Preparation>.Instance);
        var work = new TaskCompletionSource();
        var preparing = preparation.Run(_ => work.Task, default);

        var impatient = preparation.Succeeded(TimeSpan.FromSeconds(1), default).AsTask();
        var patient = preparation.Succeeded(TimeSpan.FromSeconds(2), default).AsTask();
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await impatient.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(patient.IsCompleted);

        work.SetResult();
        await preparing;
        Assert.True(await patient.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    /// <summary>One erasure, told once it may be.</summary>
    private sealed class HeldRegister(Erasure erasure) : IErasureRegister
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => asked.Task;

        public void Release() => released.SetResult();

        public Task Append(Erasure appended, CancellationToken ct) => Task.CompletedTask;

        public async IAsyncEnumerable<Erasure> ReadAll([EnumeratorCancellation] CancellationToken ct)
        {
            asked.TrySetResult();
            await released.Task.WaitAsync(ct);
            yield return erasure;
        }
    }

    /// <summary>As the worker passes an invocation: of which only the trigger's type is looked at.</summary>
    private sealed class Invocation(string trigger) : FunctionContext
    {
        public override string InvocationId => "i-1";

        public override string FunctionId => "f-1";

        public override TraceContext TraceContext => throw new NotSupportedException();

        public override BindingContext BindingContext => throw new NotSupportedException();

        public override RetryContext RetryContext => throw new NotSupportedException();

        public override IServiceProvider InstanceServices { get; set; } = null!;

        public override FunctionDefinition FunctionDefinition { get; } = new Definition(trigger);

        public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

        public override CancellationToken CancellationToken => CancellationToken.None;

        public override IInvocationFeatures Features => throw new NotSupportedException();
    }

    private sealed class Definition(string trigger) : FunctionDefinition
    {
        public override ImmutableArray<FunctionParameter> Parameters => [];

        public override string PathToAssembly => "";

        public override string EntryPoint => "";

        public override string Id => "f-1";

        public override string Name => "f";

        public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } =
            ImmutableDictionary<string, BindingMetadata>.Empty.Add("input", new Binding(trigger));

        public override IImmutableDictionary<string, BindingMetadata> OutputBindings =>
            ImmutableDictionary<string, BindingMetadata>.Empty;
    }

    private sealed class Binding(string type) : BindingMetadata
    {
        public override string Name => "input";

        public override string Type => type;

        public override BindingDirection Direction => BindingDirection.In;
    }
}
