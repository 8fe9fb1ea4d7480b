using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Emit;

namespace Cx.Tests.Support;

/// <summary>What the code of a type refers to: its signatures, and every member and type that the bodies of its methods name.</summary>
internal static class CodeReferences
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly FrozenDictionary<short, OpCode> Codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToFrozenDictionary(c => c.Value);

    /// <summary>The members named in bodies.</summary>
    public static IEnumerable<MemberInfo> Members(Type type) => Methods(type).SelectMany(Named);

    /// <summary>All types, generic arguments and elements of arrays taken apart.</summary>
    public static IEnumerable<Type> Types(Type type) =>
        Signature(type).Concat(Members(type).SelectMany(Types)).SelectMany(Parts).Where(t => !t.IsGenericParameter).Distinct();

    /// <summary>The type at the outside of nested ones: what a person wrote as a file.</summary>
    public static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type> Signature(Type type) =>
    [
        .. type.BaseType is { } parent ? [parent] : Type.EmptyTypes,
        .. type.GetInterfaces(),
        .. type.GetFields(All).Select(f => f.FieldType),
        .. type.GetCustomAttributesData().Select(a => a.AttributeType),
        .. Methods(type).SelectMany(m => m.GetParameters().Select(p => p.ParameterType)),
        .. Methods(type).OfType<MethodInfo>().Select(m => m.ReturnType),
        .. Methods(type).SelectMany(m => m.GetMethodBody()?.LocalVariables.Select(v => v.LocalType) ?? []),
    ];

    private static IEnumerable<MethodBase> Methods(Type type) => [.. type.GetMethods(All), .. type.GetConstructors(All)];

    private static IEnumerable<Type> Types(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType!, field.FieldType],
        MethodInfo method => [method.DeclaringType!, method.ReturnType, .. method.GetParameters().Select(p => p.ParameterType), .. method.GetGenericArguments()],
        _ => [member.DeclaringType!],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsConstructedGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)]
        : [type];

    private static IEnumerable<MemberInfo> Named(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var op = Codes[code[at] == 0xFE ? (short)((0xFE << 8) | code[at + 1]) : code[at]];
            at += op.Size;
            if (op.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod)!;
            }

            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
