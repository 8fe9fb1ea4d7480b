using Cx.Standalone;

return await Cli.Run(args);
