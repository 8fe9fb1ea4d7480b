using Cx.Domain.Customers;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Customers;

public class IdentifiersTests
{
    [Theory]
    [InlineData(" Rosa.Blu@Example.COM ", "rosa.blu@example.com")]
    [InlineData("rosa+shop@example.com", "rosa+shop@example.com")]
    [InlineData("rosa@BÜCHER.example", "rosa@xn--bcher-kva.example")]
    [InlineData("rosa@xn--bcher-kva.example", "rosa@xn--bcher-kva.example")]
    [InlineData("jose\u0301@example.com", "jos\u00e9@example.com")]
    [InlineData("o'neill_1@sub.example.co.uk", "o'neill_1@sub.example.co.uk")]
    public void One_address_has_one_spelling(string written, string normal) => Assert.Equal(normal, Identifiers.Normalise(IdentifierKind.Email, written));

    [Theory]
    [InlineData("")]
    [InlineData("rosa")]
    [InlineData("@example.com")]
    [InlineData("rosa@")]
    [InlineData("rosa@example")]
    [InlineData("rosa@@example.com")]
    [InlineData("rosa@a@example.com")]
    [InlineData("ro sa@example.com")]
    [InlineData("rosa@exam ple.com")]
    [InlineData("rosa@example..com")]
    [InlineData("rosa@.example.com")]
    [InlineData("rosa@example.com.")]
    [InlineData("rosa@-example.com")]
    [InlineData(".rosa@example.com")]
    [InlineData("ro..sa@example.com")]
    [InlineData("Rosa <rosa@example.com>")]
    [InlineData("rosa@example.com, blu@example.com")]
    [InlineData("ro\0sa@example.com")]
    [InlineData("ro\ufffdsa@example.com")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com")]
    public void What_is_no_address_identifies_nobody(string written) => Assert.Null(Identifiers.Normalise(IdentifierKind.Email, written));

    [Fact]
    public void Half_of_a_surrogate_pair_identifies_nobody()
    {
        Assert.Null(Identifiers.Normalise(IdentifierKind.Email, "ro\ud800sa@example.com"));
        Assert.Null(Identifiers.Normalise(IdentifierKind.Email, "rosa@\ud800.com"));
    }

    [Theory]
    [InlineData("+39 333 555 0122", "+393335550122")]
    [InlineData("0039 333-555.0122", "+393335550122")]
    [InlineData("(+39) 333 555 0122", "+393335550122")]
    [InlineData("+44 (0)20 5550 1234", "+442055501234")]
    [InlineData("(020) 5550 1234", "02055501234")]
    [InlineData("333 555 0122", "3335550122")]
    [InlineData("555-555-SHIP", null)]
    [InlineData("12345", null)]
    [InlineData("+0393335550122", null)]
    [InlineData("+1234567890123456", null)]
    [InlineData("333 555 0122 ext. 4", null)]
    [InlineData("３３３５５５０１２２", null)]
    public void A_number_keeps_its_digits_and_its_country(string written, string? normal) => Assert.Equal(normal, Identifiers.Normalise(IdentifierKind.Phone, written));

    [Theory]
    [InlineData(IdentifierKind.Order)]
    [InlineData(IdentifierKind.ShopCustomerId)]
    [InlineData(IdentifierKind.Visitor)]
    [InlineData(IdentifierKind.Handle)]
    [InlineData(IdentifierKind.Conversation)]
    public void Other_identifiers_are_only_trimmed(IdentifierKind kind)
    {
        Assert.Equal("A b", Identifiers.Normalise(kind, " A b\t"));
        Assert.Null(Identifiers.Normalise(kind, "  "));
        Assert.Null(Identifiers.Normalise(kind, null));
        Assert.Null(Identifiers.Normalise(kind, "a\0"));
    }

    [Fact]
    public void A_normal_form_is_its_own_and_nothing_throws()
    {
        var parts = Gen.Elements("rosa", "R", "@", ".", "example.com", "BÜCHER.example", "e\u0301", "\ud800", "+39", "0", "(0)", " ", "5550122", "-", "\0", "ß", "İ");
        Prop.ForAll(Gen.ListOf(parts).Select(string.Concat).ToArbitrary(), text => Enum.GetValues<IdentifierKind>().All(kind =>
            Identifiers.Normalise(kind, text) is not { } normal || Identifiers.Normalise(kind, normal) == normal)).QuickCheckThrowOnFailure();
    }
}
