using System.Net;

namespace Cx.Application.FollowUps.Unsubscribing;

/// <summary>
/// The pages behind an unsubscribe link. GET shows <see cref="Ask"/> and changes nothing, as mail scanners follow every link; its button posts what a
/// mail client's one-click posts (RFC 8058 §3.2), to the same address, so one handler serves both.
/// </summary>
public static class UnsubscribePage
{
    /// <summary>Headers of these pages: nothing else loads or frames them, and no referrer carries the token.</summary>
    public static IReadOnlyDictionary<string, string> ResponseHeaders { get; } = new Dictionary<string, string>
    {
        ["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ["Referrer-Policy"] = "no-referrer",
        ["Cache-Control"] = "no-store",
        ["X-Robots-Tag"] = "noindex",
    };

    public static string Ask(string? language, string shopName) => IsItalian(language)
        ? Page("it", "Disiscriversi?", $"Non vuoi più ricevere questi messaggi da {shopName}?", "Sì, disiscrivimi")
        : Page("en", "Unsubscribe?", $"Would you like to stop these messages from {shopName}?", "Yes, unsubscribe me");

    public static string Done(string? language, string shopName) => IsItalian(language)
        ? Page("it", "Fatto", $"Non riceverai più questi messaggi da {shopName}. Le notizie sui tuoi ordini arrivano comunque.")
        : Page("en", "Done", $"You will get no more of these messages from {shopName}. News about your orders still reaches you.");

    /// <summary>For the link of a test message.</summary>
    public static string Test(string? language, string shopName) => IsItalian(language)
        ? Page("it", "Messaggio di prova", $"Questo link sta in un messaggio di prova di {shopName}: non disiscrive nessuno.")
        : Page("en", "Test message", $"This link stands in a test message of {shopName}: it unsubscribes nobody.");

    /// <summary>For a link that is incomplete or was not made here.</summary>
    public static string Invalid(string? language) => IsItalian(language)
        ? Page("it", "Questo link non funziona", "Il link è incompleto. Aprilo di nuovo dal messaggio, oppure rispondi al messaggio e chiedi di non riceverne altri.")
        : Page("en", "This link does not work", "The link is incomplete. Open it again from the message, or reply to the message and ask for no more.");

    private static bool IsItalian(string? language) =>
        language is not null && (language.Equals("it", StringComparison.OrdinalIgnoreCase) || language.StartsWith("it-", StringComparison.OrdinalIgnoreCase));

    private static string Page(string language, string title, string text, string? button = null)
    {
        var form = button is null ? "" : $"""
            <form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button type="submit">{button}</button></form>
            """;
        return $$"""
            <!doctype html>
            <html lang="{{language}}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <title>{{title}}</title>
            <style>
            :root { color-scheme: light dark; --page: #eef1f5; --card: #fff; --text: #1f2933; --accent: #1f4e79; --on-accent: #fff }
            @media (prefers-color-scheme: dark) { :root { --page: #11161c; --card: #1c242d; --text: #e6ebf0; --accent: #8fc3f0; --on-accent: #11202e } }
            body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, Helvetica, Arial, sans-serif }
            main { box-sizing: border-box; max-width: 520px; margin: 12vh auto 0; padding: 32px 24px; background: var(--card); border-top: 4px solid var(--accent); overflow-wrap: anywhere }
            h1 { margin: 0 0 16px; font-size: 26px; line-height: 1.25 }
            p { margin: 0 0 24px }
            button { padding: 14px 28px; border: 0; border-radius: 8px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 700; cursor: pointer }
            button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
            @media (min-width: 560px) { main { padding: 40px; border-radius: 10px } }
            </style>
            </head>
            <body>
            <main>
            <h1>{{title}}</h1>
            <p>{{WebUtility.HtmlEncode(text)}}</p>
            {{form}}
            </main>
            </body>
            </html>
            """;
    }
}
