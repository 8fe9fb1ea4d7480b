using System.Text;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Application.Privacy;
using Cx.Domain.Touchpoints;
using Microsoft.AspNetCore.Http;

namespace Cx.Tests.Intake.Sources;

public class StandardSourceTests
{
    // The example of the Standard Webhooks libraries' own tests.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Stamp = "1614265330";
    private const string Body = "{\"test\": 2432232314}";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private const string Other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

    private static readonly StandardSource Source = new(InstallationKeys.Generate());

    [Fact]
    public void The_published_example_is_authentic() => Assert.Equal(Verdict.Authentic, Verify(Signature));

    [Theory]
    [InlineData(300, Verdict.Authentic)]
    [InlineData(-300, Verdict.Authentic)]
    [InlineData(301, Verdict.Forged)]
    [InlineData(-301, Verdict.Forged)]
    public void A_clock_may_be_five_minutes_off(int seconds, Verdict verdict) => Assert.Equal(verdict, Verify(Signature, late: seconds));

    [Fact]
    public void One_valid_signature_among_others_is_enough()
    {
        Assert.Equal(Verdict.Authentic, Verify($"{Other} v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v1a,AAAA {Signature} {Other}"));
        Assert.Equal(Verdict.Forged, Verify($"{Other} {Other}"));
        Assert.Equal(Verdict.Forged, Verify($"{Signature.Replace("v1,", "v2,", StringComparison.Ordinal)} {Other}"));
    }

    [Theory]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLawdd")]
    [InlineData("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v1,")]
    public void A_header_without_a_readable_signature_does_not_parse(string header) => Assert.Equal(Verdict.Malformed, Verify(header));

    [Theory]
    [InlineData("01614265330")]
    [InlineData("+1614265330")]
    [InlineData("-1614265330")]
    [InlineData(" 1614265330")]
    [InlineData("1614265330 ")]
    [InlineData("1614265330.0")]
    [InlineData("1.614265330e9")]
    [InlineData("99999999999999999999")]
    [InlineData("9223372036854775808")]
    [InlineData("１６１４２６５３３０")]
    public void A_timestamp_has_one_canonical_form(string stamp) => Assert.Equal(Verdict.Malformed, Verify(Sign(stamp), stamp: stamp));

    [Theory]
    [InlineData("webhook-id")]
    [InlineData("webhook-timestamp")]
    [InlineData("webhook-signature")]
    public void Every_header_is_needed(string missing)
    {
        var request = Request(Signature, Stamp, 0);
        request.Headers.Remove(missing);
        Assert.Equal(Verdict.Forged, Source.Verify(request, [Secret]));
    }

    [Fact]
    public void Without_a_usable_secret_nothing_is_authentic()
    {
        Assert.Equal(Verdict.Forged, Source.Verify(Request(Signature, Stamp, 0), []));
        Assert.Equal(Verdict.Forged, Source.Verify(Request(Signature, Stamp, 0), ["", "whsec_", Secret["whsec_".Length..]]));
        Assert.Equal(Verdict.Authentic, Source.Verify(Request(Signature, Stamp, 0), ["whsec_" + Convert.ToBase64String(new byte[32]), Secret]));
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_secret_has_24_to_64_bytes(int bytes, bool accepted) => Assert.Equal(accepted, Source.RefuseSecret("whsec_" + Convert.ToBase64String(new byte[bytes])) is null);

    [Theory]
    [InlineData("")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_ MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_not base64 and not a secret")]
    [InlineData("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void A_secret_of_another_form_is_refused(string secret) => Assert.NotNull(Source.RefuseSecret(secret));

    [Fact]
    public void The_delivery_key_is_the_message_id() => Assert.Equal(Id, Source.DeliveryKey(Request(Signature, Stamp, 0)));

    [Theory]
    [InlineData("{0}")]
    [InlineData("[{0}]")]
    [InlineData("""{{"touchpoints":[{0}]}}""")]
    public void One_touchpoint_or_many_are_carried(string around)
    {
        var report = Translate(string.Format(System.Globalization.CultureInfo.InvariantCulture, around, Call)).Only();
        Assert.Equal("call-1", report.Fact<ContactMade>().Contact);
    }

    [Fact]
    public void Touchpoints_without_ids_get_one_from_their_position()
    {
        var bare = Call.Replace("\"id\":\"call-1\",", "", StringComparison.Ordinal);
        var reports = Assert.IsType<Translation.Reports>(Translate($"[{bare},{bare}]")).Items;
        var ids = reports.Select(r => r.Fact<ContactMade>().Contact).ToList();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.Equal(ids, Assert.IsType<Translation.Reports>(Translate($"[{bare},{bare}]")).Items.Select(r => r.Fact<ContactMade>().Contact));
        Assert.All(ids, id => Assert.DoesNotContain(Id, id, StringComparison.Ordinal));      // whoever chose it may have chosen a name
    }

    [Fact]
    public void The_reason_lists_every_error()
    {
        var reason = Assert.Throws<UntranslatableException>(() => Translate($$"""{"touchpoints":[{{Call}},{"type":"dance"}]}""")).Message;
        Assert.Contains("/touchpoints/1/type", reason, StringComparison.Ordinal);
        Assert.Contains("/touchpoints/1/occurredAt", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_list_is_nothing() => Assert.IsType<Translation.Nothing>(Translate("[]"));

    private const string Call = """{"id":"call-1","type":"contact","occurredAt":"2026-03-09T10:00:00Z","channel":"phone","customer":{"phone":"+39 333 555 0122"}}""";

    private static Verdict Verify(string signature, string stamp = Stamp, int late = 0) => Source.Verify(Request(signature, stamp, late), [Secret]);

    private static Incoming Request(string signature, string stamp, int late) => new(
        new HeaderDictionary { ["webhook-id"] = Id, ["webhook-timestamp"] = stamp, ["webhook-signature"] = signature },
        Encoding.UTF8.GetBytes(Body), DateTimeOffset.FromUnixTimeSeconds(1614265330 + late));

    private static string Sign(string stamp) => "v1," + Arriving.Base64Hmac(Convert.FromBase64String(Secret["whsec_".Length..]), $"{Id}.{stamp}.{Body}");

    private static Translation Translate(string body) => Source.Translate(Arriving.Request(body, ("webhook-id", Id)));
}
