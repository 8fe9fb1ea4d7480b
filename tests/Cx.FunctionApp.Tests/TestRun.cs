// The databases of the tests end with the run, as those of Cx.Tests do.
[assembly: TestFramework("Cx.Tests.Support.TestRun", "Cx.Tests")]
