using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Cx.Tests.Infra;

/// <summary>Bicep's own compiler: one process that answers JSON-RPC requests on its standard streams, one at a time.</summary>
internal sealed class BicepCompiler : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The program, as the build found it in its package; empty where there is none for this system.</summary>
    private static readonly string Program =
        typeof(BicepCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "BicepProgram").Value ?? "";

    private static readonly Lazy<string?> Unavailable = new(Try);

    private readonly Process process;
    private readonly Timer limit;
    private int requests;

    private BicepCompiler(IReadOnlyDictionary<string, string> environment)
    {
        process = Start("jsonrpc --stdio", environment);
        limit = new Timer(_ => process.Kill(), null, TimeSpan.FromMinutes(5), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why the compiler cannot run on this machine; null when it can.</summary>
    public static string? WhyNot => Unavailable.Value;

    /// <summary>Starts the compiler; parameter files read these environment variables and no others that begin with CX_.</summary>
    public static BicepCompiler Open(IReadOnlyDictionary<string, string> environment) => new(environment);

    public JsonElement Compile(string path) => Call("bicep/compile", new { path });

    public JsonElement CompileParameters(string path) => Call("bicep/compileParams", new { path, parameterOverrides = new { } });

    /// <summary>The resources that a deployment of this parameter file would make, with loops, conditions and parameters resolved.</summary>
    public JsonElement Predict(string path) => JsonDocument.Parse(Call("bicep/getSnapshot", new
    {
        path,
        metadata = new
        {
            tenantId = "00000000-0000-0000-0000-00000000000a",
            subscriptionId = "00000000-0000-0000-0000-00000000000b",
            resourceGroup = "cx",
            location = "westeurope",
            deploymentName = "cx",
        },
    }).GetProperty("snapshot").GetString()!).RootElement;

    public string Format(string path) => Call("bicep/format", new { path }).GetProperty("contents").GetString()!;

    public IReadOnlyList<string> Files(string path) =>
        [.. Call("bicep/getFileReferences", new { path }).GetProperty("filePaths").EnumerateArray().Select(f => f.GetString()!)];

    public void Dispose()
    {
        limit.Dispose();
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
            process.Kill();
        process.Dispose();
    }

    private static string? Try()
    {
        if (Program.Length == 0)
            return "There is no Bicep compiler for this system among the packages: only for Linux on x64.";
        try
        {
            using var version = Start("--version", new Dictionary<string, string>());
            version.StandardInput.Close();
            var said = version.StandardOutput.ReadToEnd();
            version.WaitForExit();
            return version.ExitCode == 0 ? null : $"Bicep's compiler does not run here: it ended with {version.ExitCode}. {said}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"Bicep's compiler does not run here: {e.Message}";
        }
    }

    private static Process Start(string arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var inherited in start.Environment.Keys.Where(k => k.StartsWith("CX_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(inherited);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private JsonElement Call(string method, object parameters)
    {
        var request = JsonSerializer.SerializeToUtf8Bytes(new { jsonrpc = "2.0", id = ++requests, method, @params = parameters }, Json);
        var input = process.StandardInput.BaseStream;
        input.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {request.Length}\r\n\r\n")));
        input.Write(request);
        input.Flush();

        var answer = JsonDocument.Parse(ReadAnswer()).RootElement;
        return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{method}: {answer}");
    }

    private byte[] ReadAnswer()
    {
        var output = process.StandardOutput.BaseStream;
        var header = new StringBuilder();
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var next = output.ReadByte();
            header.Append(next >= 0 ? (char)next : throw new EndOfStreamException("Bicep's compiler ended without an answer."));
        }

        var length = header.ToString().Split("\r\n").Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));

        var answer = new byte[int.Parse(length.Split(':')[1], CultureInfo.InvariantCulture)];
        output.ReadExactly(answer);
        return answer;
    }
}
