using Cx.Application.FollowUps.Templates;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.FollowUps.Templates;

public class RenderingTests
{
    private static readonly TemplateRenderer Renderer = new();

    private static readonly MessageModel Model = new(
        "Bottega Verde & Figli",
        "it",
        "Zoë",
        "#1001",
        [new("Moka 3 cups", 2), new("Cup \"Roma\"", 1)],
        [new("Espresso beans", "https://shop.example/p/1?a=1&b=2", OfferKind.CoPurchase, "Moka 3 cups"), new("Spoon", null, OfferKind.CoPurchase)],
        "https://shop.example/review?o=1001&t=x",
        "https://cx.example/u/token");

    public static TheoryData<string, string> Shipped()
    {
        var data = new TheoryData<string, string>();
        foreach (var template in MessageTemplates.ToCustomers)
        {
            data.Add(template, "en");
            data.Add(template, "it");
        }

        return data;
    }

    [Theory, MemberData(nameof(Shipped))]
    public void Every_shipped_message_is_whole(string template, string language)
    {
        var message = Renderer.Render(template, language, Model);

        Assert.Equal(language, message.Language);
        Assert.NotEmpty(message.Subject);
        Assert.StartsWith(language == "it" ? "Ciao Zoë,\n\n" : "Hi Zoë,\n\n", message.Text, StringComparison.Ordinal);
        Assert.Contains($"<html lang=\"{language}\"", message.Html, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", message.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", message.Subject + message.Text + message.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n\n", message.Text, StringComparison.Ordinal);
        Assert.Equal(1, Count(message.Html, "<body"));
    }

    [Theory]
    [InlineData("it", "Ricevi questo messaggio perché hai accettato", "Giulia, Bottega Verde & Figli")]
    [InlineData("en", "You receive this message because you agreed", "Giulia, Bottega Verde & Figli")]
    public void The_footer_says_why_and_an_apology_is_signed(string language, string agreed, string signed)
    {
        Assert.Contains(agreed, Renderer.Render("checkout-help", language, Model with { Why = MessageReason.Agreed }).Text, StringComparison.Ordinal);
        var apology = Renderer.Render("service-apology", language, Model with { ServiceContact = "Giulia", OrderNumber = "" });
        Assert.Contains(signed, apology.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("  ", apology.Text.Split("--")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("it", "Una domanda")]
    [InlineData("en", "A question")]
    public void An_alert_says_which_question_waits_and_until_when(string language, string expected)
    {
        var asked = new DateTimeOffset(2026, 3, 2, 17, 0, 0, TimeSpan.FromHours(1));
        var alert = Renderer.Render("owed-answer", language, Model with { Alert = new(Channel.Email, asked, asked.AddHours(19), new("c-1"), new("h1.t"), "https://cx.example/api/shops/a/customers/c-1") });

        Assert.Contains(expected, alert.Text, StringComparison.Ordinal);
        Assert.All(new[] { "c-1", "h1.t", "https://cx.example/api/shops/a/customers/c-1" }, part => Assert.Contains(part, alert.Text, StringComparison.Ordinal));
        Assert.DoesNotContain("Zoë", alert.Text + alert.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", alert.Subject + alert.Text + alert.Html, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shipped))]
    public void Values_are_escaped_in_html_and_only_there(string template, string language)
    {
        const string nasty = "<script>alert(\"1\")</script> O'Neil {{shopName}} & Co";
        var message = Renderer.Render(template, language, Model with
        {
            ShopName = nasty,
            CustomerFirstName = "<b>\"Al\" {{x}}",
            OrderNumber = nasty,
            Lines = [new(nasty, 1)],
            Offers = [new(nasty, "https://shop.example/\"><script>", OfferKind.Category, nasty)],
        });

        Assert.DoesNotContain("<script", message.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>", message.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", message.Html, StringComparison.Ordinal);
        Assert.Contains("{{shopName}}", message.Html, StringComparison.Ordinal);
        Assert.Contains(nasty, message.Text, StringComparison.Ordinal);
        Assert.Contains(nasty, message.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("&lt;", message.Text + message.Subject, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shipped))]
    public void A_value_cannot_end_a_line(string template, string language)
    {
        const string broken = "A\r\nBcc: x@y.example\u2028B\u202Etxt\0";
        var message = Renderer.Render(template, language, Model with { ShopName = broken, OrderNumber = broken, CustomerFirstName = broken });

        Assert.DoesNotContain(message.Subject, c => char.IsControl(c) || c == '\u2028');
        Assert.Contains("A Bcc: x@y.example Btxt", message.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("\nBcc:", message.Text, StringComparison.Ordinal);
    }

    [Theory, InlineData("en"), InlineData("it")]
    public void The_thank_you_shows_neither_review_nor_offer(string language)
    {
        var message = Renderer.Render(MessageTemplates.ThankYou, language, Model with { UnsubscribeUrl = null });

        Assert.DoesNotContain("http", message.Html + message.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Espresso", message.Html + message.Text, StringComparison.Ordinal);
        Assert.Contains("2 × Moka 3 cups", message.Text, StringComparison.Ordinal);
        Assert.Contains("2 × Moka 3 cups", message.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "getting it ready for you in the shop, where you can pick it up.", "already working on it.")]
    [InlineData("it", "lo stiamo preparando per te in negozio, dove potrai ritirarlo.", "ci stiamo già lavorando.")]
    public void The_thank_you_of_an_order_for_pick_up_says_where_it_is_picked_up(string language, string forPickUp, string else_)
    {
        foreach (var isForPickUp in new[] { true, false })
        {
            var message = Renderer.Render(MessageTemplates.ThankYou, language, Model with { IsForPickUp = isForPickUp });
            var (said, left) = isForPickUp ? (forPickUp, else_) : (else_, forPickUp);

            Assert.Contains(said + "\n", message.Text, StringComparison.Ordinal);
            Assert.Contains(said + "</p>", message.Html, StringComparison.Ordinal);
            Assert.DoesNotContain(left, message.Text + message.Html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("en", true, false, "was ready for you to pick up in the shop. What")]
    [InlineData("en", false, true, "Some time ago you ordered")]
    [InlineData("en", false, false, "should be with you by now. What")]
    [InlineData("it", true, false, "era pronto da ritirare in negozio. Come")]
    [InlineData("it", false, true, "Qualche tempo fa hai ordinato da noi")]
    [InlineData("it", false, false, "dovrebbe essere arrivato. Come")]
    public void The_request_for_a_review_says_no_more_of_where_the_order_is_than_is_known(string language, bool pickUp, bool partly, string said)
    {
        var message = Renderer.Render(MessageTemplates.ReviewRequest, language, Model with { IsForPickUp = pickUp, IsPartlyForPickUp = partly });

        Assert.Contains(said, message.Text, StringComparison.Ordinal);
        Assert.Contains(said, message.Html, StringComparison.Ordinal);
        string[] arrived = ["should be with you", "dovrebbe essere arrivato"];
        Assert.Equal(!pickUp && !partly, Array.Exists(arrived, text => message.Text.Contains(text, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(MessageTemplates.ReviewRequest)]
    [InlineData(MessageTemplates.ReviewReminder)]
    [InlineData(MessageTemplates.RelatedOffer)]
    public void Marketing_shows_its_way_out_in_both_parts(string template)
    {
        var message = Renderer.Render(template, "en", Model);

        Assert.Contains("href=\"https://cx.example/u/token\"", message.Html, StringComparison.Ordinal);
        Assert.Contains("https://cx.example/u/token", message.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_offer_shows_its_reason_and_link()
    {
        var message = Renderer.Render(MessageTemplates.RelatedOffer, "en", Model);

        Assert.Contains("Often bought together with Moka 3 cups.", message.Html, StringComparison.Ordinal);
        Assert.Contains("* Espresso beans\n  Often bought together with Moka 3 cups.\n  https://shop.example/p/1?a=1&b=2\n\n* Spoon\n", message.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", OfferKind.CoPurchase, "Often bought together with Moka 3 cups.")]
    [InlineData("en", OfferKind.Category, "Of the same category as Moka 3 cups.")]
    [InlineData("en", OfferKind.BestSeller, "Liked by many of our customers.")]
    [InlineData("it", OfferKind.CoPurchase, "Spesso acquistato insieme a Moka 3 cups.")]
    [InlineData("it", OfferKind.Category, "Della stessa categoria di Moka 3 cups.")]
    [InlineData("it", OfferKind.BestSeller, "Tra i più amati del negozio.")]
    public void An_offers_reason_is_said_in_the_messages_language(string language, OfferKind kind, string reason)
    {
        var message = Renderer.Render(MessageTemplates.RelatedOffer, language, Model with { Offers = [new("Spoon", null, kind, "Moka 3 cups")] });

        Assert.Contains($"* Spoon\n  {reason}\n", message.Text, StringComparison.Ordinal);
        Assert.Contains($">{reason}</p>", message.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("/relative")]
    public void Only_web_links_are_shown(string url)
    {
        var message = Renderer.Render(MessageTemplates.ReviewRequest, "en", Model with { ReviewUrl = url });

        Assert.DoesNotContain(url, message.Html + message.Text, StringComparison.Ordinal);
        Assert.Contains("Just reply to this message and tell us.", message.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("  \t")]
    [InlineData("Win a prize at https://evil.example")]
    [InlineData("visit www.evil.example")]
    [InlineData("An essay that somebody pasted into the name field")]
    public void What_is_no_first_name_is_not_greeted(string? name)
    {
        var message = Renderer.Render(MessageTemplates.ThankYou, "en", Model with { CustomerFirstName = name });

        Assert.StartsWith("Hello,\n", message.Text, StringComparison.Ordinal);
        Assert.Contains(">Hello,<", message.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_subject_of_over_200_characters_is_cut_at_a_word()
    {
        string SubjectOf(string number) => Renderer.Render(MessageTemplates.ThankYou, "en", Model with { OrderNumber = number }).Subject;
        const string begin = "Thank you for your order ";
        var words = string.Join(' ', Enumerable.Repeat("word", 50));

        Assert.Equal(begin + words[..174] + "…", SubjectOf(words));       // the word that would end at 200 has no room for the ellipsis
        Assert.Equal(begin + new string('x', 175), SubjectOf(new('x', 175)));
        Assert.Equal(begin.TrimEnd() + "…", SubjectOf(new('x', 176)));
        Assert.DoesNotContain(SubjectOf(string.Concat(Enumerable.Repeat("\U0001F600", 100))), char.IsSurrogate);
    }

    [Fact]
    public void A_single_word_of_over_200_characters_is_cut_between_two_of_them()
    {
        var renderer = new TemplateRenderer(new TemplateSources(new Dictionary<string, string> { ["t.en.subject"] = "{{{orderNumber}}}", ["t.en.text"] = "", ["t.en.html"] = "" }));
        foreach (var odd in new[] { "", "x" })
        {
            var subject = renderer.Render("t", "en", Model with { OrderNumber = odd + string.Concat(Enumerable.Repeat("\U0001F600", 150)) }).Subject;
            Assert.InRange(subject.Length, 199, 200);
            Assert.EndsWith("\U0001F600…", subject, StringComparison.Ordinal);
        }
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
