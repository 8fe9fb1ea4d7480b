using Cx.Functions.Hosting.Standalone;

return await Cli.Run(args);
