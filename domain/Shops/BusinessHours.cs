namespace Cx.Domain.Shops;

public sealed record BusinessHours;
