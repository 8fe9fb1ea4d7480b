namespace Cx.Domain.Experience;

public sealed record ExperienceSettings;
