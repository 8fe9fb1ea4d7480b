using System.Collections;
using System.Globalization;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using HandlebarsDotNet.Iterators;
using HandlebarsDotNet.MemberAccessors;
using HandlebarsDotNet.ObjectDescriptors;
using HandlebarsDotNet.PathStructure;

namespace Cx.Application.FollowUps.Templates;

/// <summary>A template asked for more than a message may cost; the message names the bound.</summary>
public sealed class TemplateBoundsException(string bound) : Exception(bound);

/// <summary>
/// What one rendering may still cost. Counted in steps, not by a clock: a slow machine does not fail a message, and the same template and values
/// fail everywhere or nowhere.
/// </summary>
internal sealed class RenderBudget
{
    /// <summary>Steps of one message: an access to a value is one, a turn of a loop as many as its template has tags. Takes about a tenth of a second.</summary>
    public const int MostSteps = 1_000_000;

    /// <summary>Characters of one part. A mail of such a size is refused by most receivers.</summary>
    public const int MostCharacters = 1_000_000;

    private int steps;

    /// <summary>What a turn of a loop costs: the tags of the template that is being rendered.</summary>
    public int CostOfTurn { get; set; } = 1;

    public void Spend(int cost)
    {
        if ((steps += cost) > MostSteps)
        {
            throw new TemplateBoundsException("The template needs more steps than a message may: loops within loops are the usual cause.");
        }
    }
}

/// <summary>An object that templates read: names and values, and nothing of .NET.</summary>
internal sealed class TemplateObject(RenderBudget budget, IReadOnlyDictionary<string, object?> values)
{
    public IEnumerable<string> Names => values.Keys;

    public bool TryGet(string name, out object? value)
    {
        budget.Spend(1);
        return values.TryGetValue(name, out value);
    }

    public override string ToString() => "";
}

/// <summary>A list that templates read.</summary>
internal sealed class TemplateList(RenderBudget budget, IReadOnlyList<object?> items) : IEnumerable
{
    public IEnumerator GetEnumerator()
    {
        foreach (var item in items)
        {
            budget.Spend(budget.CostOfTurn);
            yield return item;
        }
    }

    public override string ToString() => "";
}

/// <summary>
/// Lets templates read members of <see cref="TemplateObject"/>, items of <see cref="TemplateList"/> and what a partial is given; of any other type they
/// read nothing.
/// </summary>
internal sealed class TemplateValuesAlone : IObjectDescriptorProvider
{
    private static readonly ObjectDescriptor OfObject = new(typeof(TemplateObject), new Members(), (_, o) => ((TemplateObject)o).Names, _ => null!);
    private static readonly ObjectDescriptor OfList = new(typeof(TemplateList), new NoMembers(), (_, _) => Array.Empty<string>(), _ => new EnumerableIterator<TemplateList>());
    private static readonly ObjectDescriptor OfPartial = new(typeof(HashParameterDictionary), new Given(), (_, o) => ((HashParameterDictionary)o).Keys, _ => null!);
    private static readonly ObjectDescriptor OfOthers = new(typeof(object), new NoMembers(), (_, _) => Array.Empty<string>(), _ => null!);

    public bool TryGetDescriptor(Type type, out ObjectDescriptor value)
    {
        value = type == typeof(TemplateObject) ? OfObject : type == typeof(TemplateList) ? OfList : type == typeof(HashParameterDictionary) ? OfPartial : OfOthers;
        return true;
    }

    private sealed class Members : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object? value) => ((TemplateObject)instance).TryGet(memberName.TrimmedValue, out value);
    }

    private sealed class Given : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object? value) =>
            ((HashParameterDictionary)instance).TryGetValue(memberName.TrimmedValue, out value);
    }

    private sealed class NoMembers : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object? value)
        {
            value = null;
            return false;
        }
    }
}

/// <summary>No partial comes from a file.</summary>
internal sealed class NoPartialFiles : IPartialTemplateResolver
{
    public bool TryRegisterPartial(IHandlebars env, string? partialName, string? templatePath) => false;
}

/// <summary>Takes so many characters, and no more.</summary>
internal sealed class BoundedWriter(CultureInfo culture) : StringWriter(culture)
{
    public override void Write(char value)
    {
        Check(1);
        base.Write(value);
    }

    public override void Write(string? value)
    {
        Check(value?.Length ?? 0);
        base.Write(value);
    }

    public override void Write(char[] buffer, int index, int count)
    {
        Check(count);
        base.Write(buffer, index, count);
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        Check(buffer.Length);
        base.Write(buffer);
    }

    private void Check(int more)
    {
        if (GetStringBuilder().Length + more > RenderBudget.MostCharacters)
        {
            throw new TemplateBoundsException($"The message becomes longer than {RenderBudget.MostCharacters:N0} characters.");
        }
    }
}
