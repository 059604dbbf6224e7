using System.Globalization;

namespace SelfProfiler.Symbolize;

/// <summary>Takes apart the names the C# compiler makes: <c>&lt;inner&gt;kind__rest</c>.</summary>
internal readonly ref struct CompilerNames
{
    private CompilerNames(ReadOnlySpan<char> inner, char kind, ReadOnlySpan<char> rest)
    {
        Inner = inner;
        Kind = kind;
        Rest = rest;
    }

    /// <summary>The name in the source the thing was made for.</summary>
    public ReadOnlySpan<char> Inner { get; }

    /// <summary>b lambda, g local function, d state machine, c closure, F file-local type, ...; 0 when nothing follows.</summary>
    public char Kind { get; }

    /// <summary>What follows the kind, leading underscores included.</summary>
    public ReadOnlySpan<char> Rest { get; }

    /// <summary>Closures hold captured variables and lambdas; they stand between a type and its lambda and are left out of names.</summary>
    public static bool IsClosure(ReadOnlySpan<char> typeName) =>
        TryParse(typeName, out var parts) && parts.Inner.IsEmpty && parts.Kind is 'c' or 'o' or 'O';

    /// <returns>False when the name is an ordinary one.</returns>
    public static bool TryParse(ReadOnlySpan<char> name, out CompilerNames parts)
    {
        parts = default;
        if (name.IsEmpty || name[0] != '<')
        {
            return false;
        }

        int depth = 0;
        for (int i = 0; i < name.Length; i++)
        {
            depth += name[i] == '<' ? 1 : name[i] == '>' ? -1 : 0;
            if (depth == 0)
            {
                var after = name[(i + 1)..];
                parts = new CompilerNames(name[1..i], after.IsEmpty ? '\0' : after[0], after.IsEmpty ? after : after[1..]);
                return true;
            }
        }

        return false;
    }

    /// <summary>A type's own name, without the number of its parameters, as the source would write it.</summary>
    public static string Type(ReadOnlySpan<char> name)
    {
        int tick = name.LastIndexOf('`');
        if (tick > 0)
        {
            name = name[..tick];
        }

        if (!TryParse(name, out var parts))
        {
            return name.ToString();
        }

        var label = Label(parts.Rest);
        if (parts.Inner.IsEmpty)
        {
            // <>f__AnonymousType0, <>z__ReadOnlyArray, <>y__InlineArray2; closures have no label worth showing.
            return parts.Kind is 'c' || label.IsEmpty ? "closure" : label.ToString();
        }

        // <File>F0123...__Name is a file-local type; <GetAsync>d__5 is shown as the method it belongs to.
        return parts.Kind == 'F' && !label.IsEmpty ? label.ToString() : Method(parts.Inner);
    }

    /// <summary>A method's name without its parameters: <c>&lt;Total&gt;b__5_0</c> is <c>Total.lambda1</c>, <c>&lt;Total&gt;g__Round|5_0</c> is <c>Total.Round</c>.</summary>
    public static string Method(ReadOnlySpan<char> name, int depth = 0)
    {
        if (depth > 8 || !TryParse(name, out var parts))
        {
            // Explicit interface methods lose their dots when they become part of another name.
            return depth > 0 && name.Contains('-') ? name.ToString().Replace('-', '.') : name.ToString();
        }

        if (parts.Inner.IsEmpty)
        {
            return parts.Kind switch
            {
                'n' => "base",
                'm' => "finally",
                _ => Label(parts.Rest).ToString(),
            };
        }

        string outer = Method(parts.Inner, depth + 1);
        return parts.Kind switch
        {
            'b' => $"{outer}.lambda{Ordinal(parts.Rest)}",
            'g' => $"{outer}.{LocalName(parts.Rest)}",
            _ => outer,
        };
    }

    private static ReadOnlySpan<char> Label(ReadOnlySpan<char> rest)
    {
        int at = rest.IndexOf("__");
        return at < 0 ? rest.TrimStart('_') : rest[(at + 2)..];
    }

    /// <summary><c>__5_0</c> is the first lambda of the method.</summary>
    private static string Ordinal(ReadOnlySpan<char> rest)
    {
        int generation = rest.IndexOf('#'); // edit and continue
        rest = generation < 0 ? rest : rest[..generation];
        var last = rest[(rest.LastIndexOf('_') + 1)..];
        return int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < int.MaxValue
            ? (number + 1).ToString(CultureInfo.InvariantCulture)
            : "";
    }

    /// <summary><c>__Round|5_0</c>.</summary>
    private static string LocalName(ReadOnlySpan<char> rest)
    {
        int bar = rest.IndexOf('|');
        return (bar < 0 ? rest : rest[..bar]).TrimStart('_').ToString();
    }
}
