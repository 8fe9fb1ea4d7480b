using System.Text;
using Cx.Application.Privacy;
using Cx.Domain.Privacy;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Privacy;

public sealed class SealerTests : IDisposable
{
    private readonly CustomerKey key = CustomerKey.Create();
    private readonly Sealer sealer;

    public SealerTests() => sealer = new(key);

    public void Dispose()
    {
        sealer.Dispose();
        key.Dispose();
    }

    [Fact]
    public void Any_sealed_text_opens_again() =>
        Prop.ForAll<NonWhiteSpaceString, byte>((text, times) =>
        {
            // UTF-16 halves that make no character have no bytes to seal; JSON cannot carry them either.
            var clear = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text.Get, 1 + times)))).Trim();
            var seal = sealer.Seal(Personal.Clear(clear))!;
            return seal.IsSealed && sealer.Open(seal) == clear;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(160)]
    [InlineData(161)]
    [InlineData(162)]
    [InlineData(100_000)]
    public void Long_texts_open_again_too(int length)
    {
        var clear = new string('€', length);

        Assert.Equal(clear, sealer.Open(sealer.Seal(Personal.Clear(clear))!));
    }

    [Fact]
    public void The_same_text_gives_the_same_seal_and_another_text_another()
    {
        using var again = new Sealer(key);

        Assert.Equal(sealer.Seal(Personal.Clear("Ada")), again.Seal(Personal.Clear(" Ada ")));
        Assert.NotEqual(sealer.Seal(Personal.Clear("Ada")), sealer.Seal(Personal.Clear("ada")));
    }

    [Fact]
    public void Two_customers_have_nothing_in_common()
    {
        using var otherKey = CustomerKey.Create();
        using var other = new Sealer(otherKey);
        var mine = sealer.Seal(Personal.Clear("ada@example.com"))!;

        Assert.NotEqual(mine, other.Seal(Personal.Clear("ada@example.com")));
        Assert.Throws<SealBrokenException>(() => other.Open(mine));
    }

    [Fact]
    public void No_character_of_a_seal_can_be_changed_or_cut()
    {
        var seal = sealer.Seal(Personal.Clear("Ada"))!.Value;

        for (var i = 0; i < seal.Length; i++)
        {
            var altered = seal[..i] + (seal[i] == 'A' ? 'B' : 'A') + seal[(i + 1)..];
            Assert.Throws<SealBrokenException>(() => sealer.Open(Personal.FromSeal(altered)));
            Assert.Throws<SealBrokenException>(() => sealer.Open(Personal.FromSeal(seal[..i])));
        }
    }

    [Fact]
    public void The_text_is_nowhere_in_its_seal()
    {
        var seal = sealer.Seal(Personal.Clear("ada@example.com"))!.Value;

        Assert.Matches("^s1\\.[A-Za-z0-9_-]+$", seal);
        Assert.DoesNotContain("ada", Encoding.Latin1.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(seal.AsSpan(3))), StringComparison.Ordinal);
    }

    [Fact]
    public void Null_and_what_is_sealed_stay_as_they_are_and_a_clear_text_that_looks_sealed_does_not()
    {
        Seal seal = sealer.Seal;
        var once = seal(Personal.Clear("Ada"))!;
        var lookalike = seal(Personal.Clear(once.Value))!;

        Assert.Null(seal(null));
        Assert.Same(once, seal(once));
        Assert.NotEqual(once, lookalike);
        Assert.Equal(once.Value, sealer.Open(lookalike));
        Assert.Throws<ArgumentException>(() => sealer.Open(Personal.Clear("Ada")!));
    }
}
