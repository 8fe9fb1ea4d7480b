using Cx.Application.Privacy;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Tests.Privacy;

public sealed class FileErasureRegisterTests : IDisposable
{
    private readonly Folder folder = new();

    private string Log => folder["data/erasures.log"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_appended_is_read_in_order_also_by_another_process()
    {
        using var register = Register();
        await register.Append(Erased("ada"), default);
        await register.Append(Erased("bob") with { Suppressed = [] }, default);

        using var another = Register();
        var all = await ReadAll(another);

        Assert.Equal(["ada", "bob"], all.Select(e => e.Customer.Value));
        Assert.Equal(Erased("ada").At, all[0].At);
        Assert.Equal((IdentifierKind.Email, 2), (all[0].Suppressed[0].Kind, all[0].Suppressed[0].Version));
        Assert.Equal(Erased("ada").Suppressed[0].Hash, all[0].Suppressed[0].Hash);
        Assert.Empty(all[1].Suppressed);
    }

    [Fact]
    public async Task Each_purpose_that_an_address_objected_to_is_kept()
    {
        using var register = Register();
        await register.Append(Erased("ada") with { Suppressed = [new(IdentifierKind.Email, 2, [1], Purpose.Service)] }, default);

        Assert.Equal(Purpose.Service, (await ReadAll(register))[0].Suppressed[0].Purpose);
    }

    [Fact]
    public async Task The_line_on_disk_never_changes_its_form()
    {
        using var register = Register();
        await register.Append(Erased("ada"), default);

        Assert.Equal(
            """{"shop":"demo","customer":"ada","at":"2026-03-01T10:00:00+00:00","suppressed":[{"kind":"email","version":2,"hash":"AQID"}]}""" + "\n",
            await File.ReadAllTextAsync(Log));
    }

    [Fact]
    public async Task Ids_that_are_forgotten_are_kept_with_and_without_a_customer()
    {
        using var register = Register();
        await register.Append(Erased("ada") with { Forgotten = [new(IdentifierKind.Order, 2, [1, 2])] }, default);
        await register.Append(Erased("ada") with { Customer = Erasure.Nobody, Suppressed = [], Forgotten = [new(IdentifierKind.ShopCustomerId, 1, [3])] }, default);

        var all = await ReadAll(register);

        Assert.Equal(new byte[] { 1, 2 }, Assert.Single(all[0].Forgotten!).Hash);
        Assert.Equal((Erasure.Nobody, IdentifierKind.ShopCustomerId, 1), (all[1].Customer, all[1].Forgotten![0].Kind, all[1].Forgotten![0].Version));
        Assert.Contains(""","forgotten":[{"kind":"order","version":2,"hash":"AQI="}]}""", await File.ReadAllTextAsync(Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_register_is_no_error_and_reading_makes_no_file()
    {
        using var register = Register();

        Assert.Empty(await ReadAll(register));
        Assert.False(File.Exists(Log));
    }

    [Theory]
    [InlineData("""{"shop":"demo","cus""")]
    [InlineData("""{"shop":"demo","customer":"bob","at":"2026-03-01T10:00:00+00:00","suppressed":[]}""")]
    public async Task A_line_cut_short_is_left_out_and_does_not_spoil_the_next(string torn)
    {
        using var register = Register();
        await register.Append(Erased("ada"), default);
        await File.AppendAllTextAsync(Log, torn);

        Assert.Equal(["ada"], (await ReadAll(register)).Select(e => e.Customer.Value));
        await register.Append(Erased("eve"), default);
        Assert.Equal(["ada", "eve"], (await ReadAll(register)).Select(e => e.Customer.Value));
    }

    [Fact]
    public async Task A_first_line_cut_short_and_longer_than_a_block_is_left_out_too()
    {
        using var register = Register();
        Directory.CreateDirectory(folder["data"]);
        await File.WriteAllTextAsync(Log, new string('x', 10_000));

        Assert.Empty(await ReadAll(register));
        await register.Append(Erased("eve"), default);
        Assert.Equal(["eve"], (await ReadAll(register)).Select(e => e.Customer.Value));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("""{"shop":"demo","customer":"bob","at":"2026-03-01T10:00:00+00:00","suppressed":[{"kind":"shoe-size","version":1,"hash":"AQID"}]}""")]
    public async Task A_whole_line_that_cannot_be_read_stops_the_reader_by_its_number(string damaged)
    {
        using var register = Register();
        await register.Append(Erased("ada"), default);
        await File.AppendAllTextAsync(Log, damaged + "\n");

        var stopped = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAll(register));

        Assert.Contains("Line 2", stopped.Message, StringComparison.Ordinal);
        Assert.Contains(Log, stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Cx.", stopped.Message.Replace(Log, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_that_is_no_text_stops_the_reader_too()
    {
        using var register = Register();
        await register.Append(Erased("ada"), default);
        await register.Append(Erased("bob"), default);
        var bytes = await File.ReadAllBytesAsync(Log);
        bytes[bytes.AsSpan().IndexOf("ada"u8)] = 0xFF;
        await File.WriteAllBytesAsync(Log, bytes);

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAll(register));
    }

    [Fact]
    public async Task Many_writers_on_one_file_lose_nothing()
    {
        using var one = Register();
        using var two = Register();
        var names = Enumerable.Range(0, 40).Select(i => $"c{i:00}").ToList();

        await Task.WhenAll(names.Select((name, i) => Task.Run(() => (i % 2 == 0 ? one : two).Append(Erased(name), default))));

        Assert.Equal(names, (await ReadAll(one)).Select(e => e.Customer.Value).Order());
    }

    [Fact]
    public async Task Only_its_owner_may_read_it()
    {
        if (OperatingSystem.IsWindows()) return;
        using var register = Register();
        await register.Append(Erased("ada"), default);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
    }

    private static Erasure Erased(string customer) =>
        new(new("demo"), new(customer), new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), [new(IdentifierKind.Email, 2, [1, 2, 3])]);

    private static async Task<List<Erasure>> ReadAll(FileErasureRegister register)
    {
        var all = new List<Erasure>();
        await foreach (var erasure in register.ReadAll(default)) all.Add(erasure);
        return all;
    }

    private FileErasureRegister Register() => FileErasureRegister.In(folder["data"]);
}
