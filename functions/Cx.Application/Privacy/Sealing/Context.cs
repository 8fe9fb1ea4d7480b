using System.Buffers.Binary;
using System.Text;

namespace Cx.Application.Privacy.Sealing;

/// <summary>
/// What a seal or a hash is bound to, as bytes: a label and up to three parts, each preceded by its length, so that no two contexts
/// write the same.
/// </summary>
internal static class Context
{
    /// <summary>What callers put on the stack; a longer context goes to the heap.</summary>
    public const int OnStack = 512;

    private const int Prefix = sizeof(int);

    /// <summary>The most bytes that <see cref="Write"/> can need.</summary>
    public static int MaxLength(ReadOnlySpan<byte> label, ReadOnlySpan<char> first, ReadOnlySpan<char> second, ReadOnlySpan<char> third = default) =>
        (4 * Prefix) + label.Length + (3 * (first.Length + second.Length + third.Length));

    public static ReadOnlySpan<byte> Write(
        Span<byte> buffer, ReadOnlySpan<byte> label, ReadOnlySpan<char> first, ReadOnlySpan<char> second, ReadOnlySpan<char> third = default)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer, label.Length);
        label.CopyTo(buffer[Prefix..]);
        var length = Prefix + label.Length;
        length += Part(buffer[length..], first);
        length += Part(buffer[length..], second);
        length += Part(buffer[length..], third);
        return buffer[..length];
    }

    private static int Part(Span<byte> buffer, ReadOnlySpan<char> part)
    {
        var length = Encoding.UTF8.GetBytes(part, buffer[Prefix..]);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, length);
        return Prefix + length;
    }
}
