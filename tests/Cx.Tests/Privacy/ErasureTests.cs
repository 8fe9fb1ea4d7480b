using System.Net;
using System.Text;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.Privacy;

public sealed class ErasureTests : IDisposable
{
    private const string Email = "ada.lovelace@example.com", Phone = "+390212345678", Name = "Ada Lovelace", Text = "My engine arrived in pieces";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly ShopId Shop = new(ApiHost.Shop);

    private readonly TestFolder folder = TestFolder.Create();

    [Fact]
    public async Task Nothing_personal_is_left_and_what_is_left_still_folds()
    {
        using var register = FileErasureRegister.In(folder.Data.Path);
        await using var host = await ApiHost.StartWithShop(new HandClock(Now), register);
        var id = await Ada(host);
        var path = $"api/shops/{ApiHost.Shop}/customers/{id}";

        var first = await host.Client.DeleteAsync(path);
        var again = await host.Client.DeleteAsync(path);

        Assert.All([first, again], r => Assert.Equal(HttpStatusCode.NoContent, r.StatusCode));
        await AssertForgotten(host, id);
        Assert.Equal("customer-erased", await (await host.Client.GetAsync(path)).Code());
        Assert.Equal(HttpStatusCode.Gone, (await host.Client.GetAsync($"{path}/export")).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await host.Client.GetAsync($"{path}/touchpoints")).StatusCode);
        Assert.Empty((await host.Read($"api/shops/{ApiHost.Shop}/customers"))["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await host.Post($"api/shops/{ApiHost.Shop}/customers/lookup", new { email = Email })).StatusCode);
        Assert.Equal("unknown-customer", await (await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/nobody")).Code());

        var folded = await host.Get<CustomerDirectory>().Past(Shop, CustomerFold.Start(id), AsOf.Now, default);
        Assert.Equal((Now, 1, 1), (folded.ErasedAt!.Value, folded.Orders.Count, folded.Complaints.Count));
    }

    [Fact]
    public async Task An_address_that_objected_stays_barred_also_when_it_was_learned_after_the_objection()
    {
        using var register = FileErasureRegister.In(folder.Data.Path);
        await using var host = await ApiHost.StartWithShop(new HandClock(Now), register);
        await host.Report([(IdentifierKind.Visitor, "v-1")], [new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "unsubscribe", Now.AddDays(-3))]);
        var id = await host.Report(
            [(IdentifierKind.Visitor, "v-1"), (IdentifierKind.Email, Email)],
            [new CustomerDetailsLearned(Personal.Clear(Email), null, null, null, null, null, null, null, null, null, null, Now.AddDays(-2))]);

        await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{id}");
        var back = await host.Report([(IdentifierKind.Email, Email)], [new OrderPaid(new("9"), Now)]);

        Assert.NotEqual(id, back);
        var consent = Assert.Single((await host.Read($"api/shops/{ApiHost.Shop}/customers/{back}"))["consents"]!.AsArray())!;
        Assert.Equal(("email", false, "suppression"), ((string)consent["channel"]!, (bool)consent["given"]!, (string)consent["source"]!));
    }

    [Fact]
    public async Task After_a_restore_of_an_older_copy_erasures_are_applied_again()
    {
        using var register = FileErasureRegister.In(folder.Data.Path);
        CustomerId id;
        string copy;
        InstallationKeys keys;
        await using (var host = await ApiHost.StartWithShop(new HandClock(Now), register))
        {
            keys = host.Get<InstallationKeys>();
            id = await Ada(host);
            copy = await Copy(host);
            await host.Report([(IdentifierKind.Email, Email)], [new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "unsubscribe", Now)]);
            await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{id}");
        }

        await using var restored = await ApiHost.Start(new HandClock(Now.AddDays(1)), register, copy, keys);
        var known = await restored.Read($"api/shops/{ApiHost.Shop}/customers/{id}");
        var again = await restored.Get<Erasing>().Reapply(default);
        var once = await restored.Get<Erasing>().Reapply(default);

        Assert.Equal(Email, (string)known["details"]!["email"]!);
        Assert.Equal((1, 0), (again, once));
        await AssertForgotten(restored, id);

        // The objection was made after the copy: only the register has it.
        var back = await restored.Report([(IdentifierKind.Email, Email)], [new OrderPaid(new("9"), Now)]);
        Assert.False((bool)(await restored.Read($"api/shops/{ApiHost.Shop}/customers/{back}"))["consents"]![0]!["given"]!);
    }

    [Fact]
    public async Task After_a_restore_of_an_older_copy_news_of_erased_ids_is_still_dropped_whether_they_were_seen_or_not()
    {
        using var register = FileErasureRegister.In(folder.Data.Path);
        string copy;
        InstallationKeys keys;
        await using (var host = await ApiHost.StartWithShop(new HandClock(Now), register))
        {
            keys = host.Get<InstallationKeys>();
            copy = await Copy(host);
            var id = await Ada(host);
            await host.Report([(IdentifierKind.Order, "1002"), (IdentifierKind.ShopCustomerId, "7"), (IdentifierKind.Email, Email)], [new OrderPaid(new("1002"), Now)]);
            await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{id}");
            await host.Get<Erasing>().Forget(new(ApiHost.Shop), [Lookup.Of(keys, new(ApiHost.Shop), IdentifierKind.Order, "1003")], default);
        }

        await using var restored = await ApiHost.Start(new HandClock(Now.AddDays(1)), register, copy, keys);
        await restored.Get<Erasing>().Reapply(default);
        await restored.Get<Erasing>().Reapply(default);

        foreach (var (kind, value) in new[] { (IdentifierKind.Order, "1001"), (IdentifierKind.Order, "1002"), (IdentifierKind.Order, "1003"), (IdentifierKind.ShopCustomerId, "7") })
        {
            Assert.Equal(TransactResult.Erased, (await restored.Deliver([(kind, value), (IdentifierKind.Email, Email)], [new OrderPaid(new(value), Now)])).Result);
        }

        Assert.Equal(TransactResult.Committed, (await restored.Deliver([(IdentifierKind.Order, "1004"), (IdentifierKind.Email, Email)], [new OrderPaid(new("1004"), Now)])).Result);
    }

    [Fact]
    public async Task A_register_under_a_version_of_the_lookup_key_that_is_missing_refuses_the_start()
    {
        using var register = FileErasureRegister.In(folder.Data.Path);
        await register.Append(new(new(ApiHost.Shop), Erasure.Nobody, Now, [], [new(IdentifierKind.Order, 3, [1])]), default);
        await using var host = await ApiHost.StartWithShop(new HandClock(Now), register);

        var refused = await Assert.ThrowsAsync<KeyMismatchException>(() => host.Get<Erasing>().Reapply(default));

        Assert.Contains("version 3 of the lookup key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_of_the_lookup_key_under_which_a_bar_or_an_erased_id_stands_cannot_be_retired()
    {
        await using var host = await ApiHost.StartWithShop(new HandClock(Now));
        var keys = host.Get<InstallationKeys>();
        await Fingerprints.Check(host.Database, keys, default);
        var id = await Ada(host);
        await host.Report([(IdentifierKind.Email, Email)], [new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "unsubscribe", Now)]);
        await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{id}");
        var rotated = Rotation.After(keys);
        await Fingerprints.Check(host.Database, rotated, default);

        var refused = await Assert.ThrowsAsync<KeyMismatchException>(() => Fingerprints.Check(host.Database, Rotation.WithoutFirst(rotated), default));

        Assert.Contains("Version 1 of the lookup key was not given, and cannot be retired: 1 objections and 1 ids of erased people", refused.Message, StringComparison.Ordinal);
        await Fingerprints.Check(host.Database, rotated, default);
    }

    public void Dispose() => folder.Dispose();

    private static Task<CustomerId> Ada(ApiHost host) => host.Report(
        [(IdentifierKind.Order, "1001"), (IdentifierKind.Email, Email), (IdentifierKind.Phone, Phone)],
        [
            new CustomerDetailsLearned(
                Personal.Clear(Email), Personal.Clear(Phone), null, null, null, Personal.Clear(Name), Personal.Clear("Ada"), "en", null, "GB", null, Now.AddDays(-9)),
            new OrderPlaced(new("1001"), "#1001", new(30m, "EUR"), [new(new("p1"), "s1", "Difference engine", 1, 30m, null)], null, Now.AddDays(-9), Now.AddDays(-9)),
            new ComplaintOpened(new("c1"), new("1001"), Channel.Email, Personal.Clear(Text), Now.AddDays(-1)),
        ],
        $$"""{"email": "{{Email}}", "phone": "{{Phone}}", "name": "{{Name}}", "note": "{{Text}}"}""");

    private static async Task AssertForgotten(ApiHost host, CustomerId id)
    {
        var dump = await Dump.Of(host.Connection);
        Assert.Contains(id.Value, dump, StringComparison.Ordinal);
        foreach (var personal in new[] { Email, Phone, Name, Text, "Lovelace", "lovelace" })
        {
            Assert.DoesNotContain(personal, dump, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(personal)), dump, StringComparison.Ordinal);
        }

        // Sealed values remain in the log; what opens them does not.
        await using var keys = host.Database.CreateCommand("select count(*) from cx_customers where id = $1 and key is not null");
        keys.Parameters.Add(Sql.Text(id.Value));
        Assert.Equal(0L, await keys.ExecuteScalarAsync());
        await using var rest = host.Database.CreateCommand("select (select count(*) from cx_identifiers where customer = $1 and kind not in (0, 1)) + (select count(*) from cx_archive where customer = $1)");
        rest.Parameters.Add(Sql.Text(id.Value));
        Assert.Equal(0L, await rest.ExecuteScalarAsync());
    }

    // As a dump would: the whole database as it is now, under another name. A template must have no connections.
    private static async Task<string> Copy(ApiHost host)
    {
        host.Database.Clear();
        var target = new NpgsqlConnectionStringBuilder(await Database.Create());
        var original = new NpgsqlConnectionStringBuilder(host.Connection);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(host.Connection) { Database = "postgres" }.ConnectionString);
        foreach (var sql in new[] { $"drop database {target.Database}", $"create database {target.Database} template {original.Database}" })
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        return target.ConnectionString;
    }
}
