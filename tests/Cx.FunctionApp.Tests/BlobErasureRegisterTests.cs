using System.Text;
using Azure;
using Cx.Application.Privacy;
using Cx.Domain.Customers;

namespace Cx.FunctionApp.Tests;

public sealed class BlobErasureRegisterTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly Blobs blobs = new();

    private Blobs.Container Container => blobs.Containers[BlobErasureRegister.ContainerName];

    private BlobErasureRegister Register => new(new BlobAccount(blobs, makesContainers: true));

    [Fact]
    public async Task Many_that_were_appended_at_once_are_read_in_the_order_of_their_instants()
    {
        var customers = Enumerable.Range(0, 120).Select(i => $"c{i:000}").ToList();
        await Parallel.ForEachAsync(customers.Index().Reverse(), async (c, ct) => await Register.Append(Erased(c.Item, At.AddMilliseconds(c.Index)), ct));

        var all = await ReadAll();

        Assert.Equal(customers, all.Select(e => e.Customer.Value));
        Assert.Equal((At, IdentifierKind.Email, 2), (all[0].At, all[0].Suppressed[0].Kind, all[0].Suppressed[0].Version));
        Assert.Equal([1, 2, 3], all[0].Suppressed[0].Hash);
    }

    [Fact]
    public async Task Two_of_one_instant_are_both_kept()
    {
        await Register.Append(Erased("ada", At), default);
        await Register.Append(Erased("bob", At), default);

        Assert.Equal(["ada", "bob"], (await ReadAll()).Select(e => e.Customer.Value).Order());
    }

    [Fact]
    public async Task The_blob_never_changes_its_form_and_its_name_tells_the_instant_alone()
    {
        await Register.Append(Erased("ada", At), default);

        var (name, content) = Assert.Single(Container.Contents);
        Assert.Matches("^20260301T100000.0000000Z-[0-9a-f]{32}\\.json$", name);
        Assert.Equal(
            """{"shop":"demo","customer":"ada","at":"2026-03-01T10:00:00+00:00","suppressed":[{"kind":"email","version":2,"hash":"AQID"}]}""",
            Encoding.UTF8.GetString(content));
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_no_error_and_no_second_erasure()
    {
        await Register.Append(Erased("ada", At), default);
        Container.LosesAnswers = true;

        await Register.Append(Erased("bob", At.AddSeconds(1)), default);

        Assert.Equal(["ada", "bob"], (await ReadAll()).Select(e => e.Customer.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"shop":"demo","cus""")]
    public async Task A_blob_that_cannot_be_read_stops_the_reader_by_its_name(string damaged)
    {
        await Register.Append(Erased("ada", At), default);
        await Register.Append(Erased("bob", At.AddSeconds(1)), default);
        var name = Container.Contents.Keys.Max(StringComparer.Ordinal)!;
        Container.Contents[name] = Encoding.UTF8.GetBytes(damaged);

        var stopped = await Assert.ThrowsAsync<InvalidDataException>(ReadAll);

        Assert.Contains(name, stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_erasures_it_is_empty_and_without_its_container_in_Azure_it_is_an_error()
    {
        Assert.Empty(await ReadAll());

        var elsewhere = new BlobErasureRegister(new BlobAccount(new Blobs(), makesContainers: false));
        await Assert.ThrowsAsync<RequestFailedException>(async () => await elsewhere.ReadAll(default).ToListAsync());
        await Assert.ThrowsAsync<RequestFailedException>(() => elsewhere.Append(Erased("ada", At), default));
    }

    private static Erasure Erased(string customer, DateTimeOffset at) => new(new("demo"), new(customer), at, [new(IdentifierKind.Email, 2, [1, 2, 3])]);

    private async Task<List<Erasure>> ReadAll() => await Register.ReadAll(default).ToListAsync();
}
