using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Cx.Application.Privacy;

/// <summary>
/// The register as a file of JSON lines. An append is one write and one flush to disk, under a lock that processes share; a line cut short
/// by a crash was never confirmed, so it is left out when reading and cut off by the next append. Any other line that cannot be read fails
/// the reading: an erasure that is skipped would not be applied again.
/// </summary>
public sealed class FileErasureRegister(string path) : IErasureRegister, IDisposable
{
    private const byte NewLine = (byte)'\n';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim turn = new(1, 1);

    /// <summary>The register of a data folder.</summary>
    public static FileErasureRegister In(string dataFolder) => new(Path.Combine(dataFolder, "erasures.log"));

    public async Task Append(Erasure erasure, CancellationToken ct)
    {
        byte[] line = [.. ErasureFormat.Write(erasure), NewLine];
        await turn.WaitAsync(ct);
        try
        {
            DurableFile.CreateFolder(path);
            using var mine = await Lock(ct);
            var existed = File.Exists(path);
            using (var file = DurableFile.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                var end = EndOfLastLine(file.SafeFileHandle);
                if (end < file.Length) file.SetLength(end);
                RandomAccess.Write(file.SafeFileHandle, line, end);
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            }

            if (!existed) DurableFile.FlushFolder(path);
        }
        finally
        {
            turn.Release();
        }
    }

    public async IAsyncEnumerable<Erasure> ReadAll([EnumeratorCancellation] CancellationToken ct)
    {
        if (!File.Exists(path)) yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var end = EndOfLastLine(file.SafeFileHandle);
        using var reader = new StreamReader(file, Strict, detectEncodingFromByteOrderMarks: false);
        var number = 0;
        for (long read = 0; read < end;)
        {
            var (erasure, length) = await Next(reader, ++number, ct);
            read += length;
            yield return erasure;
        }
    }

    public void Dispose() => turn.Dispose();

    // Where the next line may begin: after the last line that was ended.
    private static long EndOfLastLine(SafeFileHandle file)
    {
        Span<byte> block = stackalloc byte[4096];
        for (var end = RandomAccess.GetLength(file); end > 0;)
        {
            var start = Math.Max(0, end - block.Length);
            var read = RandomAccess.Read(file, block[..(int)(end - start)], start);
            var newLine = block[..read].LastIndexOf(NewLine);
            if (newLine >= 0) return start + newLine + 1;
            end = start;
        }

        return 0;
    }

    private async Task<(Erasure Erasure, int Length)> Next(StreamReader reader, int number, CancellationToken ct)
    {
        try
        {
            var line = await reader.ReadLineAsync(ct) ?? throw new JsonException("The file became shorter.");
            var bytes = Strict.GetBytes(line);
            return (ErasureFormat.Read(bytes), bytes.Length + 1);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            throw new InvalidDataException($"Line {number} of the erasure register {path} cannot be read: {e.Message}", e);
        }
    }

    // A file of its own, because on Unix opening for reading takes a shared lock that an exclusive one would turn away.
    private async Task<FileStream> Lock(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return DurableFile.Open(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsTaken(e))
            {
                await Task.Delay(LockRetry, ct);
            }
        }
    }

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsTaken(IOException e) => e.HResult is 11 or 35 || (e.HResult & 0xFFFF) == 32;
}
