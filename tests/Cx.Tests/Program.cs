using Cx.Tests.FollowUps.Outbox;

// The runner loads this assembly as a library; started as a program it is the process that a test kills.
return args is [DoomedProcess.Verb, ..] ? await DoomedProcess.Run(args) : 1;
