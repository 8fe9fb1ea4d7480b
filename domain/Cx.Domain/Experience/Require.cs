namespace Cx.Domain.Experience;

/// <summary>Refuses a number outside its range, naming it. Infinite and not-a-number are outside every range.</summary>
internal static class Require
{
    internal static double Between(double value, double least, double most, string what) =>
        value >= least && value <= most
            ? value
            : throw new ArgumentOutOfRangeException(what, value, FormattableString.Invariant($"{what} must be between {least} and {most}."));

    internal static double AtLeast(double least, double value, string what) =>
        value >= least && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(what, value, FormattableString.Invariant($"{what} must be a finite number of at least {least}."));
}
