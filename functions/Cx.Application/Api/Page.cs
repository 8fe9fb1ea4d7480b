using System.Buffers.Text;
using System.Text;

namespace Cx.Application.Api;

/// <summary>A part of a list, and where the next one begins.</summary>
/// <param name="Next">Passed back as <c>cursor</c>; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>How much of a list is wanted, from where.</summary>
public readonly record struct PageRequest(int Limit, string? After)
{
    public const int MaxLimit = 200;

    /// <exception cref="ApiProblem">The limit is out of range or the cursor is not one of ours.</exception>
    public static PageRequest Of(int? limit, string? cursor) =>
        limit is < 1 or > MaxLimit ? throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-limit", $"limit is from 1 to {MaxLimit}.")
        : new(limit ?? 50, cursor is null ? null : Decode(cursor));

    /// <summary>The page of what was read, given one item more than asked for when there is more.</summary>
    public Page<T> Page<T>(IReadOnlyList<T> read, Func<T, string> key) =>
        read.Count > Limit ? new([.. read.Take(Limit)], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key(read[Limit - 1])))) : new(read, null);

    private static string Decode(string cursor) =>
        Base64Url.IsValid(cursor) && cursor.Length <= 400 && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) is var after && !after.Contains('\0')
            ? after
            : throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-cursor", "cursor is not one that this list gave.");
}
