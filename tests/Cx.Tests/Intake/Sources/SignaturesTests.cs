using System.Security.Cryptography;
using System.Text;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Application.Privacy;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Cx.Tests.Intake.Sources;

public class SignaturesTests
{
    private static readonly ISource[] Sources = [new ShopifySource(), new WooCommerceSource(), new StandardSource(InstallationKeys.Generate())];

    private static readonly string[] Names =
    [
        "X-Shopify-Hmac-SHA256", "X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Webhook-Id", "X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "Content-Type",
        "webhook-id", "webhook-timestamp", "webhook-signature",
    ];

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64 at all, but of a length")]
    [InlineData("=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_not_32_bytes_of_base64_is_no_signature(string text) => Assert.Null(Signatures.FromBase64(text));

    [Fact]
    public void Base64_has_one_spelling()
    {
        var text = Convert.ToBase64String(SHA256.HashData("x"u8));
        Assert.NotNull(Signatures.FromBase64(text));
        Assert.Null(Signatures.FromBase64(text + " "));
        Assert.Null(Signatures.FromBase64(text.Insert(10, "\n")));
        Assert.Null(Signatures.FromBase64(text.TrimEnd('=')));
        Assert.Null(Signatures.FromBase64(text[..42] + Next(text[42]) + "="));
    }

    [Fact]
    public void Either_of_two_secrets_signs_and_no_other()
    {
        var body = "{}"u8.ToArray();
        var signature = HMACSHA256.HashData("second"u8, body);
        Assert.True(Signatures.IsSigned(Signatures.AsWritten(["first", "second"]), default, body, signature));
        Assert.True(Signatures.IsSigned(Signatures.AsWritten(["second", "first"]), default, body, signature));
        Assert.False(Signatures.IsSigned(Signatures.AsWritten(["first", "third"]), default, body, signature));
        Assert.False(Signatures.IsSigned(Signatures.AsWritten([]), default, body, signature));
    }

    [Fact]
    public void An_empty_secret_signs_nothing()
    {
        var body = "{}"u8.ToArray();
        Assert.False(Signatures.IsSigned(Signatures.AsWritten([""]), default, body, HMACSHA256.HashData(Array.Empty<byte>(), body)));
    }

    [Fact]
    public void Verify_never_throws_and_never_accepts_random_headers()
    {
        var values = Gen.OneOf(
            ArbMap.Default.GeneratorFor<string?>(), Gen.Constant<string?>("v1,"), Gen.Constant<string?>("99999999999999999999"), Gen.Constant<string?>("-1"),
            Gen.Constant<string?>(Convert.ToBase64String(new byte[32])), Gen.Constant<string?>("\0\ud800"), Gen.Constant<string?>("v1," + Convert.ToBase64String(new byte[32])));
        var cases =
            from headers in Gen.ArrayOf(values, Names.Length)
            from body in ArbMap.Default.GeneratorFor<string?>()
            select (headers, body);
        Prop.ForAll(cases.ToArbitrary(), x =>
        {
            var headers = new HeaderDictionary();
            for (var i = 0; i < Names.Length; i++)
                headers[Names[i]] = new StringValues(x.headers[i]);

            var incoming = new Incoming(headers, Encoding.UTF8.GetBytes(x.body ?? ""), Arriving.Now);
            return Sources.All(s => s.Verify(incoming, ["a secret", "whsec_", "whsec_\0"]) is Verdict.Forged or Verdict.Malformed);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_header_given_twice_is_not_a_signature()
    {
        var request = Arriving.Shopify("orders/create", "{}");
        request.Headers["X-Shopify-Hmac-SHA256"] = new StringValues([request.Header("X-Shopify-Hmac-SHA256"), request.Header("X-Shopify-Hmac-SHA256")]);
        Assert.Equal(Verdict.Forged, new ShopifySource().Verify(request, [Arriving.ShopifySecret]));
    }

    private static char Next(char last)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        return Alphabet[Alphabet.IndexOf(last, StringComparison.Ordinal) + 1]; // differs in the bits that carry nothing
    }
}
