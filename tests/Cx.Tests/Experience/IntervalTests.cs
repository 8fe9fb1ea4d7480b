using Cx.Domain.Experience;

namespace Cx.Tests.Experience;

public class IntervalTests
{
    [Theory]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(5, 10, 0.2366, 0.7634)]
    [InlineData(81, 263, 0.2553, 0.3662)] // Newcombe, Statistics in Medicine 17 (1998), table I
    [InlineData(1, 1, 0.2065, 1)]
    public void Wilson(int hits, int n, double low, double high)
    {
        var interval = Interval.OfProportion(hits, n)!;
        Assert.Equal(low, interval.Low, 1e-4);
        Assert.Equal(high, interval.High, 1e-4);
        Assert.Equal(n, interval.N);
    }

    [Theory]
    [InlineData(2, 12.706), InlineData(3, 4.303), InlineData(4, 3.182), InlineData(6, 2.571), InlineData(31, 2.042), InlineData(1001, 1.962)]
    public void A_mean_is_as_uncertain_as_student_says(int n, double t)
    {
        double[] values = [.. Enumerable.Range(0, n).Select(i => (double)(i % 2))];
        var interval = Interval.OfMean(values)!;
        var deviation = Math.Sqrt(values.Sum(x => Math.Pow(x - values.Average(), 2)) / (n - 1));
        Assert.Equal(t, (interval.High - interval.Estimate) / (deviation / Math.Sqrt(n)), 0.01);
    }

    [Fact]
    public void Nps_is_promoters_less_detractors_within_its_scale()
    {
        var nps = Interval.OfNps([10, 9, 8, 7, 6, 0])!;
        Assert.Equal((0.0, -93.9, 93.9, 6), (nps.Estimate, Math.Round(nps.Low, 1), Math.Round(nps.High, 1), nps.N));
        Assert.Equal((-100.0, 100.0), (Interval.OfNps([10, 0])!.Low, Interval.OfNps([10, 0])!.High));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.OfNps([11, 2]));
    }

    [Fact]
    public void Too_few_answers_have_no_interval()
    {
        Assert.Null(Interval.OfProportion(0, 0));
        Assert.Null(Interval.OfMean([1]));
        Assert.Null(Interval.OfNps([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.OfProportion(2, 1));
    }
}
