namespace SelfProfiler.Serve;

/// <summary>The command line without what may be secret: the program and the names of options, values only on opt-in.</summary>
internal static class CommandLine
{
    /// <summary>Separated by NUL, as Go does.</summary>
    public static string Text(IReadOnlyList<string> arguments, bool values) =>
        string.Join('\0', values ? arguments : Names(arguments));

    private static IEnumerable<string> Names(IReadOnlyList<string> arguments)
    {
        if (arguments.Count > 0)
        {
            yield return Path.GetFileName(arguments[0]);
        }

        foreach (var argument in arguments.Skip(1))
        {
            if (Name(argument) is { Length: > 0 } name)
            {
                yield return name;
            }
        }
    }

    /// <summary>Only what begins with two dashes is surely a name up to its first odd character; of <c>-pSECRET</c> the first letter is. Everything else may be a value.</summary>
    private static string Name(string argument)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal))
        {
            return argument.Length > 1 && argument[0] == '-' && char.IsAsciiLetter(argument[1]) ? argument[..2] : "";
        }

        var end = 2;
        while (end < argument.Length && (char.IsAsciiLetterOrDigit(argument[end]) || argument[end] is '-' or '_' or '.' or ':'))
        {
            end++;
        }

        // A colon separates sections (--Section:Key=value) but also values (--key:value): only what stands before a sign of equality keeps it.
        var colon = argument.IndexOf(':', StringComparison.Ordinal);
        var names = end < argument.Length && argument[end] == '=' && argument.AsSpan(end).IndexOfAnyExcept('=') >= 0; // signs alone end a value in base 64
        var cut = colon >= 0 && !names ? Math.Min(colon, end) : end;
        return cut > 2 ? argument[..cut] : "";
    }
}
