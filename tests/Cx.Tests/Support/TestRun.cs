using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("Cx.Tests.Support.TestRun", "Cx.Tests")]

namespace Cx.Tests.Support;

/// <summary>What belongs to the whole run and ends with it; the process's own end comes too late, the runner gives it a tenth of a second.</summary>
public sealed class TestRun : XunitTestFramework
{
    public TestRun(IMessageSink messages)
        : base(messages) => DisposalTracker.Add(new End());

    private sealed class End : IDisposable
    {
        public void Dispose() => Database.Stop();
    }
}
