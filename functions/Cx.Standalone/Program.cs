using Cx.Standalone;

return await CommandLine.Run(args);
