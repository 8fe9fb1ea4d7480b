namespace Cx.Tests.Support;

/// <summary>What a newer version leaves in a database, made from events of this one: they bear a stored name that this version does not know.</summary>
public static class NewerVersion
{
    /// <summary>The events were written by a newer version, whose fold of a customer is another one.</summary>
    public static Task Wrote(Func<string, Task> execute, string type, string where = "true") =>
        execute($"update mt_events set type = '{type}-renamed' where type = '{type}' and {where}; update cx_customers set fold = fold + 1");

    /// <summary>From here on this version is the newer one.</summary>
    public static Task TakesOver(Func<string, Task> execute, string type) =>
        execute($"update mt_events set type = '{type}' where type = '{type}-renamed'; update cx_customers set fold = fold - 1");
}
