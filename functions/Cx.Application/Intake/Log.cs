using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>What intake tells the operator; never a personal value.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "A delivery of {Source} to {Shop} ({Topic}) is kept as failed: {Reason}")]
    public static partial void Failed(ILogger logger, ShopId shop, string source, string topic, string reason, Exception? exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a delivery of {Source} to {Shop}: {Verdict}")]
    public static partial void Refused(ILogger logger, ShopId shop, string source, Verdict verdict);
}
