using Cx.Application.FollowUps.Email;

namespace Cx.Tests.FollowUps.Email;

internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 9, 5, 7, TimeSpan.FromHours(1));

    public static readonly EmailMessage Mail = new(
        "01JD0ABC", "shop@bottega.example", "Bottega, the shop", "zoe@customer.example", "Zoë", "Com’è andata?", "Hi Zoë,\n.hidden\n..\nbye ", "<p>Hi Zoë</p>",
        new Dictionary<string, string> { ["List-Unsubscribe"] = "<https://cx.example/u/token>", ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click" });

    public static SmtpOptions Options(int port, SmtpSecurity security = SmtpSecurity.None) => new()
    {
        Host = security == SmtpSecurity.None ? "127.0.0.1" : "localhost",
        Port = port,
        Security = security,
        FromAddress = "shop@bottega.example",
        TimeoutSeconds = 30,
    };
}
