using Cx.Tests.EventStore.Projections;
using Cx.Tests.FollowUps.Outbox;

// The runner loads this assembly as a library; started as a program it is the process that a test kills.
return args switch
{
    [DoomedProcess.Verb, ..] => await DoomedProcess.Run(args),
    [FollowerProcess.Verb, ..] => await FollowerProcess.Run(args),
    _ => 1,
};
