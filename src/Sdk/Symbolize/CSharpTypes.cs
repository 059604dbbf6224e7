using System.Collections.Frozen;

namespace SelfProfiler.Symbolize;

/// <summary>Writes types as C# does: keywords, <c>int?</c>, <c>(int, string)</c>, <c>List&lt;string&gt;</c>; namespaces and enclosing types are left out.</summary>
internal static class CSharpTypes
{
    /// <summary>Longer text is cut: a name must stay readable, and arguments put into arguments could grow without end.</summary>
    public const int MaxLength = 400;

    private static readonly FrozenDictionary<string, string> Keywords = new Dictionary<string, string>
    {
        ["System.Void"] = "void",
        ["System.Boolean"] = "bool",
        ["System.Char"] = "char",
        ["System.SByte"] = "sbyte",
        ["System.Byte"] = "byte",
        ["System.Int16"] = "short",
        ["System.UInt16"] = "ushort",
        ["System.Int32"] = "int",
        ["System.UInt32"] = "uint",
        ["System.Int64"] = "long",
        ["System.UInt64"] = "ulong",
        ["System.Single"] = "float",
        ["System.Double"] = "double",
        ["System.Decimal"] = "decimal",
        ["System.String"] = "string",
        ["System.Object"] = "object",
        ["System.IntPtr"] = "nint",
        ["System.UIntPtr"] = "nuint",
    }.ToFrozenDictionary();

    /// <param name="fullName">With namespace, without arguments; the backtick and number of a generic type may be there.</param>
    /// <param name="arguments">As they are to be shown.</param>
    public static string Name(string fullName, IReadOnlyList<string> arguments)
    {
        if (Keywords.TryGetValue(fullName, out string? keyword))
        {
            return keyword;
        }

        if (arguments.Count == 1 && fullName is "System.Nullable`1" or "System.Nullable")
        {
            return Cut(arguments[0] + "?");
        }

        if (arguments.Count > 1 && fullName.StartsWith("System.ValueTuple", StringComparison.Ordinal))
        {
            return Cut(Tuple(arguments));
        }

        string name = CompilerNames.Type(fullName.AsSpan(LastDot(fullName) + 1));
        return arguments.Count == 0 ? Cut(name) : Cut($"{name}<{string.Join(", ", arguments)}>");
    }

    /// <summary>Position of the last dot that separates names: not one inside <c>&lt;Main&gt;</c> or an argument.</summary>
    public static int LastDot(ReadOnlySpan<char> name)
    {
        int depth = 0;
        for (int i = name.Length - 1; i > 0; i--)
        {
            depth += name[i] switch
            {
                '>' or ']' => 1,
                '<' or '[' => -1,
                _ => 0,
            };
            if (name[i] == '.' && depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    public static string Cut(string text) => text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength - 3), "...");

    private static string Tuple(IReadOnlyList<string> arguments)
    {
        // The eighth argument is itself a tuple with the rest.
        string list = string.Join(", ", arguments.Take(7));
        if (arguments.Count < 8)
        {
            return $"({list})";
        }

        string rest = arguments[7];
        return rest.StartsWith('(') && rest.EndsWith(')') ? $"({list}, {rest[1..]}" : $"({list}, {Unwrapped(rest)})";
    }

    private static string Unwrapped(string rest) =>
        rest.StartsWith("ValueTuple<", StringComparison.Ordinal) && rest.EndsWith('>') ? rest["ValueTuple<".Length..^1] : rest;
}
