using System.Globalization;

namespace SelfProfiler.Symbolize;

/// <summary>A signature as the runtime writes it in method events: <c>instance generic !!0  (class System.String,!0&amp;)</c>.</summary>
internal sealed class RuntimeSignature
{
    private const int MaxDepth = 16;
    private const int MaxParameters = 64;

    private static readonly (string Text, string Name)[] Primitives =
    [
        ("void", "void"), ("bool", "bool"), ("wchar", "char"), ("int8", "sbyte"), ("unsigned int8", "byte"), ("int16", "short"),
        ("unsigned int16", "ushort"), ("int32", "int"), ("unsigned int32", "uint"), ("int64", "long"), ("unsigned int64", "ulong"),
        ("float32", "float"), ("float64", "double"), ("int", "nint"), ("unsigned int", "nuint"), ("refany", "TypedReference"),
    ];

    private readonly string _text;
    private readonly IReadOnlyList<string> _typeArguments;
    private readonly IReadOnlyList<string> _methodArguments;
    private int _position;
    private int _depth;
    private int _methodArity;

    private RuntimeSignature(string text, IReadOnlyList<string> typeArguments, IReadOnlyList<string> methodArguments)
    {
        _text = text;
        _typeArguments = typeArguments;
        _methodArguments = methodArguments;
        IsInstance = Skip("instance ");
        while (Skip("explicit ") || Skip("vararg "))
        {
        }

        _methodArity = Skip("generic ") ? 1 : 0;
        Return = ReadType();
        SkipSpaces();
        Parameters = ReadParameters();
    }

    public bool IsInstance { get; }

    public string Return { get; }

    /// <summary>In C#; parameters that carry a closure are left out. Null when the text has no list.</summary>
    public IReadOnlyList<string>? Parameters { get; }

    /// <summary>Type parameters of the method itself, as far as they are mentioned; at least one when it is generic.</summary>
    public IReadOnlyList<string> MethodArguments => _methodArguments;

    /// <summary>A setter that only initializers may call.</summary>
    public bool IsInit => _text.Contains("modifier System.Runtime.CompilerServices.IsExternalInit ", StringComparison.Ordinal);

    public static RuntimeSignature Parse(string text, IReadOnlyList<string> typeArguments)
    {
        // The number of the method's own parameters is known at the end only.
        var first = new RuntimeSignature(text, typeArguments, []);
        string name = typeArguments.Any(a => a is "T" or "T1") ? "U" : "T";
        return first._methodArity == 0 ? first : new RuntimeSignature(text, typeArguments, PlaceholderNames(first._methodArity, name));
    }

    /// <summary>Names of parameters nobody told us: <c>T</c>, or <c>T1, T2</c>.</summary>
    public static string[] PlaceholderNames(int count, string name = "T") =>
        count == 1 ? [name] : [.. Enumerable.Range(1, count).Select(i => name + i.ToString(CultureInfo.InvariantCulture))];

    private List<string>? ReadParameters()
    {
        if (!Skip("("))
        {
            return null;
        }

        var parameters = new List<string>();
        while (_position < _text.Length && _text[_position] != ')' && parameters.Count < MaxParameters)
        {
            int before = _position;
            string type = ReadType();
            if (!_text.AsSpan(before, _position - before).Contains("class <>c", StringComparison.Ordinal))
            {
                parameters.Add(type);
            }

            if (!Skip(","))
            {
                break;
            }
        }

        Skip(")");
        return parameters;
    }

    private string ReadType()
    {
        if (++_depth > MaxDepth)
        {
            _position = _text.Length;
            _depth--;
            return "?";
        }

        while (Skip("class ") || Skip("value class ") || Skip("pinned ") || SkipModifier())
        {
        }

        string type = ReadPrimitive() ?? ReadVariable() ?? ReadFunctionPointer() ?? ReadNamed();
        _depth--;
        return CSharpTypes.Cut(WithSuffixes(type));
    }

    private string? ReadPrimitive()
    {
        foreach (var (text, name) in Primitives)
        {
            int end = _position + text.Length;
            if (_text.AsSpan(_position).StartsWith(text) && (end == _text.Length || !char.IsLetterOrDigit(_text[end])))
            {
                _position = end;
                return name;
            }
        }

        return null;
    }

    /// <summary><c>!0</c> of the type, <c>!!0</c> of the method.</summary>
    private string? ReadVariable()
    {
        if (!Skip("!"))
        {
            return null;
        }

        bool ofMethod = Skip("!");
        int start = _position;
        while (_position < _text.Length && char.IsAsciiDigit(_text[_position]))
        {
            _position++;
        }

        if (!int.TryParse(_text.AsSpan(start, _position - start), out int index) || index > MaxParameters)
        {
            return "?";
        }

        if (ofMethod)
        {
            _methodArity = Math.Max(_methodArity, index + 1);
            return index < _methodArguments.Count ? _methodArguments[index] : "?";
        }

        return index < _typeArguments.Count ? _typeArguments[index] : "?";
    }

    /// <summary><c>fnptr bool(int32,class System.String)</c>.</summary>
    private string? ReadFunctionPointer()
    {
        if (!Skip("fnptr "))
        {
            return null;
        }

        string result = ReadType();
        SkipSpaces();
        var parameters = ReadParameters() ?? [];
        return $"delegate*<{string.Join(", ", parameters.Append(result))}>";
    }

    private string ReadNamed()
    {
        if (Skip("pMT:"))
        {
            // A type of a dynamic method: the runtime prints an address, and the arguments of a generic one.
            for (int depth = 0; _position < _text.Length && (depth > 0 || _text[_position] is not (',' or ')')); _position++)
            {
                depth += _text[_position] == '<' ? 1 : _text[_position] == '>' ? -1 : 0;
            }

            return "?";
        }

        int start = _position;
        int angle = 0;
        for (; _position < _text.Length; _position++)
        {
            char c = _text[_position];
            bool opensName = c == '<' && (_position == start || _text[_position - 1] is '.' or '<');
            if (angle > 0 || opensName)
            {
                angle += c == '<' ? 1 : c == '>' ? -1 : 0; // <>f__AnonymousType0, <GetAsync>d__5
            }
            else if (c is '<' or '>' or ',' or '(' or ')' or '[' or '&' or '*' or ' ')
            {
                break;
            }
        }

        string name = _text[start.._position];
        var arguments = new List<string>();
        if (Skip("<"))
        {
            do
            {
                arguments.Add(ReadType());
            }
            while (arguments.Count < MaxParameters && Skip(","));
            Skip(">");
        }

        return name.Length == 0 ? "?" : CSharpTypes.Name(name, arguments);
    }

    private string WithSuffixes(string type)
    {
        bool byReference = false;
        string arrays = "";
        while (_position < _text.Length)
        {
            if (Skip("&"))
            {
                byReference = true;
            }
            else if (Skip("*"))
            {
                arrays += "*";
            }
            else if (_text[_position] == '[' && _text.IndexOf(']', _position) is var end and > 0)
            {
                // Bounds may be printed: [0...,0...]
                arrays += $"[{new string(',', _text.AsSpan(_position, end - _position).Count(','))}]";
                _position = end + 1;
            }
            else
            {
                break;
            }
        }

        return byReference ? $"ref {type}{arrays}" : type + arrays;
    }

    private bool SkipModifier()
    {
        if (!Skip("required_modifier ") && !Skip("optional_modifier "))
        {
            return false;
        }

        int space = _text.IndexOf(' ', _position);
        _position = space < 0 ? _text.Length : space + 1;
        return true;
    }

    private bool Skip(string text)
    {
        if (!_text.AsSpan(_position).StartsWith(text))
        {
            return false;
        }

        _position += text.Length;
        return true;
    }

    private void SkipSpaces()
    {
        while (Skip(" "))
        {
        }
    }
}
