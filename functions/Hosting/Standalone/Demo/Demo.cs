namespace Cx.Functions.Hosting.Standalone.Demo;
public static class Demo { public static Task<int> Run(string[] args) => Task.FromResult(args.Length); }
