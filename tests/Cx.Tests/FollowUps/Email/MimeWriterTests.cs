using System.Text;
using Cx.Application.FollowUps.Email;
using Cx.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using MimeKit;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Email;

public class MimeWriterTests
{
    [Fact]
    public void The_whole_message_is_as_frozen_here() => Assert.Equal(
        """
        From: "Bottega, the shop" <shop@bottega.example>
        Date: Sun, 01 Mar 2026 08:05:07 +0000
        Subject: =?utf-8?B?Q29t4oCZw6ggYW5k?= =?utf-8?B?YXRhPw==?=
        Message-Id: <01JD0ABC@bottega.example>
        To: =?utf-8?B?Wm/Dqw==?= <zoe@customer.example>
        List-Unsubscribe: <https://cx.example/u/token>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click
        MIME-Version: 1.0
        Content-Type: multipart/alternative; boundary="=_1595a7a5e5b0c63797b9d125"

        --=_1595a7a5e5b0c63797b9d125
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Hi Zo=C3=AB,
        .hidden
        ..
        bye=20=

        --=_1595a7a5e5b0c63797b9d125
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        <p>Hi Zo=C3=AB</p>=

        --=_1595a7a5e5b0c63797b9d125--

        """.ReplaceLineEndings("\r\n"),
        Write(Mail));

    [Theory]
    [InlineData("Thank you for your order #1001")]
    [InlineData("")]
    [InlineData("Plain =?utf-8?B?eA==?= looks encoded")]
    [InlineData("two  spaces and  more")]
    [InlineData("Grazie per il tuo ordine: è già in preparazione, e ti scriveremo appena parte dal nostro magazzino di Città di Castello")]
    [InlineData("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦 ご注文ありがとうございます。商品の発送まで今しばらくお待ちください。")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("an ordinary subject that is simply somewhat longer than the seventy-eight columns a line should have at most")]
    public void Every_subject_and_name_reads_back_from_short_lines(string value)
    {
        var raw = Write(Mail with { Subject = value, FromName = value });
        var mail = Read(raw);

        Assert.Equal(value, mail.Subject);
        var from = mail.From.Mailboxes.Single();
        Assert.Equal((value, "shop@bottega.example"), (from.Name ?? "", from.Address));
        Assert.All(raw.Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
    }

    [Fact]
    public void A_long_link_stays_on_the_line_of_its_header()
    {
        var link = $"<https://cx.example/u/{new string('x', 300)}>";

        Assert.Contains($"\r\nList-Unsubscribe: {link}\r\n", Write(Mail with { Headers = new Dictionary<string, string> { ["List-Unsubscribe"] = link } }), StringComparison.Ordinal);
    }

    [Theory, InlineData("!#$%&'*+-/=?^_`{|}~@b.example"), InlineData("a.b+c@d-e.example"), InlineData("zoë@b.example")]
    public void Every_address_that_is_taken_is_written_as_it_is(string address)
    {
        Assert.Equal(address, MimeWriter.Write(Mail with { To = address }, Now).To.Mailboxes.Single().Address);
    }

    [Fact]
    public void A_word_is_never_cut_inside_a_character()
    {
        var raw = Write(Mail with { Subject = string.Concat(Enumerable.Repeat("aé€😀", 40)) });

        foreach (var word in raw.Split("=?utf-8?B?").Skip(1).Select(w => w.Split("?=")[0]))
        {
            var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
            Assert.NotEmpty(strict.GetString(Convert.FromBase64String(word)));
        }
    }

    [Fact]
    public void A_name_with_quotes_is_quoted()
    {
        var raw = Write(Mail with { FromName = "The \"best\" \\ shop" });

        Assert.Contains("From: \"The \\\"best\\\" \\\\ shop\" <shop@bottega.example>\r\n", raw, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_body_reads_back() => Check.QuickThrowOnFailure(Prop.ForAll<string?, string?>((text, html) =>
    {
        var (wantedText, wantedHtml) = (Clean(text), Clean(html));
        var raw = Write(Mail with { Text = wantedText, Html = wantedHtml });
        var mail = Read(raw);

        Assert.Equal(wantedText.ReplaceLineEndings("\r\n"), ReceivedMail.Decode(mail, "plain"));
        Assert.Equal(wantedHtml.ReplaceLineEndings("\r\n"), ReceivedMail.Decode(mail, "html"));
        Assert.DoesNotContain('\n', raw.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.DoesNotContain('\r', raw.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.All(raw.Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        Assert.True(raw.All(char.IsAscii));
    }));

    [Theory]
    [InlineData("Perché no? È un’ottima idea, e costa poco.", "quoted-printable")]
    [InlineData("ご注文ありがとうございます。", "base64")]
    public void The_shorter_encoding_is_taken(string text, string encoding) =>
        Assert.Contains($"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n", Write(Mail with { Text = text }), StringComparison.Ordinal);

    [Fact]
    public void A_body_cannot_hold_its_own_boundary()
    {
        var boundary = Write(Mail).Split("boundary=\"")[1].Split('"')[0];
        var text = $"--{boundary}\n\n--{boundary}--\n";

        Assert.Equal(text.ReplaceLineEndings("\r\n"), ReceivedMail.Decode(Read(Write(Mail with { Text = text })), "plain"));
    }

    [Fact]
    public void A_line_end_in_a_header_throws() => Assert.Throws<ArgumentException>(() => MimeWriter.Write(Mail with { Subject = "a\r\nBcc: b@c.example" }, Now));

    // As MailKit writes it.
    private static string Write(EmailMessage email)
    {
        var format = FormatOptions.Default.Clone();
        (format.NewLineFormat, format.EnsureNewLine) = (NewLineFormat.Dos, true);
        using var raw = new MemoryStream();
        MimeWriter.Write(email, Now).WriteTo(format, raw);
        return Encoding.Latin1.GetString(raw.ToArray());
    }

    private static MimeMessage Read(string raw)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(raw));
        return MimeMessage.Load(stream);
    }

    // A lone surrogate is no text; it would arrive as U+FFFD.
    private static string Clean(string? value) => string.Concat((value ?? "").EnumerateRunes());
}
