namespace Cx.Application.Api;

/// <summary>A system that a shop can be connected to, as far as setting it up needs to know.</summary>
/// <param name="Name">The name in the webhook's address.</param>
/// <param name="RefuseSecret">Why a secret does not have the form this source needs, without repeating it; null when it has.</param>
public sealed record SourceInfo(string Name, Func<string, string?> RefuseSecret);
