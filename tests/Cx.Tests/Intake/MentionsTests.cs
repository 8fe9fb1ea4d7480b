using System.Text;
using Cx.Application.EventStore;
using Cx.Application.Intake;
using Cx.Domain.Customers;

namespace Cx.Tests.Intake;

/// <summary>Whom a payload mentions that could not be translated.</summary>
public sealed class MentionsTests
{
    [Theory]
    [InlineData("""{"email":"ada@example.com"}""")]
    [InlineData("""<b>Warning</b>: in x.php, ada@example.com. {"a":""")]
    [InlineData("""[{"note":"write to <ada@example.com>, please"}]""")]
    public void Addresses_are_found_wherever_they_stand(string body) =>
        Assert.Equal([new RawIdentifier(IdentifierKind.Email, "ada@example.com")], In(body));

    [Fact]
    public void Ids_and_phones_are_found_by_the_names_of_their_fields() => Assert.Equal(
        [
            new(IdentifierKind.Order, "77"), new(IdentifierKind.ShopCustomerId, "5"), new(IdentifierKind.Phone, "+39 333 1234567"), new RawIdentifier(IdentifierKind.Order, "78"),
        ],
        In("""{"id":77,"line_items":[{"id":1}],"customer":{"id":5,"phone":"+39 333 1234567"},"fulfillment":{"id":9,"order_id":"78"}}"""));

    [Theory]
    [InlineData('x')]
    [InlineData('@')]
    public void The_largest_body_of_one_character_is_searched_and_mentions_nobody(char letter) => Assert.Empty(In(new string(letter, 1024 * 1024)));

    private static IReadOnlyList<RawIdentifier> In(string body) => Mentions.In(Encoding.UTF8.GetBytes(body));
}
