namespace Cx.Application;

/// <summary>The settings do not let the host start.</summary>
public sealed class InvalidSettingsException(IReadOnlyList<string> wrong) : Exception(string.Join(Environment.NewLine, wrong));
