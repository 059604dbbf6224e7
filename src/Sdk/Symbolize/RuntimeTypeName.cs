namespace SelfProfiler.Symbolize;

/// <summary>A type as the runtime writes it in method events: <c>Shop.Box`1+Lid`1[System.Int32,System.__Canon]</c>.</summary>
internal sealed class RuntimeTypeName
{
    private const int MaxDepth = 16;

    private RuntimeTypeName(string nameSpace, List<Segment> segments, List<string?> arguments)
    {
        Namespace = nameSpace;
        Segments = segments;
        Arguments = arguments;
    }

    /// <summary>Without the dot; empty for none.</summary>
    public string Namespace { get; }

    /// <summary>The type and those nested in it, outermost first; never empty.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>All arguments in C#, those of outer types first; null for one shared by all reference types.</summary>
    public IReadOnlyList<string?> Arguments { get; }

    public static RuntimeTypeName Parse(string text)
    {
        int position = 0;
        return Parse(text, ref position, 0);
    }

    /// <summary>The whole type in C#, without its namespace.</summary>
    public string Short()
    {
        var known = Arguments.Select(a => a ?? "object").ToList();
        if (Segments.Count == 1)
        {
            string name = Segments[0].Name;
            return CSharpTypes.Name(Namespace.Length == 0 ? name : $"{Namespace}.{name}", known);
        }

        return CSharpTypes.Cut(Path(Segments.Count, known));
    }

    /// <summary>The first segments, joined by dots, each with its share of the arguments. Closures are left out.</summary>
    public string Path(int count, IReadOnlyList<string> arguments)
    {
        int used = 0;
        var parts = new List<string>();
        foreach (var segment in Segments.Take(count))
        {
            var own = arguments.Skip(used).Take(segment.Arity).ToArray();
            used += segment.Arity;
            if (CompilerNames.IsClosure(segment.Name) || IsExtensionMarker(segment.Name))
            {
                continue;
            }

            string name = CompilerNames.Type(segment.Name);
            bool ofMethod = CompilerNames.TryParse(segment.Name, out var made) && made.Kind == 'd';
            parts.Add(own.Length == 0 || ofMethod ? name : $"{name}<{string.Join(", ", own)}>");
        }

        return string.Join('.', parts);
    }

    private static bool IsExtensionMarker(string name) =>
        name.StartsWith("<G>$", StringComparison.Ordinal) || name.StartsWith("<M>$", StringComparison.Ordinal);

    private static RuntimeTypeName Parse(string text, ref int position, int depth)
    {
        var segments = new List<Segment>();
        var arguments = new List<string?>();
        int start = position;
        int angle = 0;
        for (; position < text.Length; position++)
        {
            char c = text[position];
            if (c == '\\')
            {
                position++; // the next character is part of the name
                continue;
            }

            angle += c == '<' ? 1 : c == '>' ? -1 : 0;
            if (angle > 0)
            {
                continue;
            }

            if (c == '+')
            {
                AddSegment(segments, text, start, position);
                start = position + 1;
            }
            else if (c is '[' or ']' or ',' or '*' or '&')
            {
                break;
            }
        }

        position = Math.Min(position, text.Length);
        AddSegment(segments, text, start, position);
        if (position + 1 < text.Length && text[position] == '[' && text[position + 1] is not (']' or ',' or '*'))
        {
            ReadArguments(text, ref position, arguments, depth);
        }

        string first = segments[0].Name;
        int dot = CSharpTypes.LastDot(first);
        segments[0] = segments[0] with { Name = first[(dot + 1)..] };
        return new RuntimeTypeName(dot < 0 ? "" : first[..dot], segments, arguments);
    }

    private static void ReadArguments(string text, ref int position, List<string?> arguments, int depth)
    {
        while (position < text.Length && text[position] is '[' or ',')
        {
            position++;
            if (depth >= MaxDepth)
            {
                position = text.Length;
                return;
            }

            var argument = Parse(text, ref position, depth + 1);
            int suffix = position;
            while (position < text.Length && (text[position] is '*' or '&' || IsArray(text, position)))
            {
                position = text[position] == '[' ? text.IndexOf(']', position) + 1 : position + 1;
            }

            bool shared = argument is { Namespace: "System", Segments: [{ Name: "__Canon" }] } && suffix == position;
            arguments.Add(shared ? null : argument.Short() + text[suffix..position]);
        }

        if (position < text.Length && text[position] == ']')
        {
            position++;
        }
    }

    private static bool IsArray(string text, int position)
    {
        if (text[position] != '[')
        {
            return false;
        }

        int end = position + 1;
        while (end < text.Length && text[end] is ',' or '*')
        {
            end++;
        }

        return end < text.Length && text[end] == ']';
    }

    private static void AddSegment(List<Segment> segments, string text, int start, int end)
    {
        string name = text[start..end].Replace("\\", "", StringComparison.Ordinal);
        int tick = name.LastIndexOf('`');
        int arity = tick > 0 && int.TryParse(name.AsSpan(tick + 1), out int number) ? Math.Clamp(number, 0, 64) : 0;
        segments.Add(new Segment(name, arity));
    }

    /// <param name="Name">With its backtick.</param>
    /// <param name="Arity">Parameters of its own, those of outer types not counted.</param>
    internal readonly record struct Segment(string Name, int Arity);
}
