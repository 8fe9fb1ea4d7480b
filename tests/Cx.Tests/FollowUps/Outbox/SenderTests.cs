using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>A shop that sends by a real mail server.</summary>
public abstract class SenderTests : IAsyncLifetime
{
    private protected static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);

    private protected readonly HandClock clock = new(Noon);
    private protected readonly MailServer smtp = MailServer.Start();
    private protected Site site = null!;

    public async Task InitializeAsync()
    {
        site = Site.On(await Database.Prepared(), InstallationKeys.Generate(), clock, KillTests.Smtp(smtp));
        await site.OpenShop();
    }

    public async Task DisposeAsync()
    {
        await site.DisposeAsync();
        await smtp.DisposeAsync();
    }

    private protected async Task<CustomerId> Queued(string name)
    {
        var id = await site.Buyer(name);
        await site.Waker.WakeDue(CancellationToken.None);
        return id;
    }

    private protected async Task<CustomerId> ReviewQueued(string name)
    {
        var id = await Queued(name);
        await site.Turn();
        await site.Record(name, new OrderDelivered(new($"order-{name}"), null, clock.GetUtcNow()));
        clock.Advance(TimeSpan.FromDays(8));
        await site.Waker.WakeDue(CancellationToken.None);
        Assert.Equal(1, await Count("queued"));
        return id;
    }

    private protected async Task<long> Count(string status) => (long)(await Scalar($"select count(*) from cx_outbox where status = '{status}'"))!;

    private protected async Task<object?> Scalar(string sql)
    {
        await using var command = site.Data.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
