namespace SelfProfiler.Symbolize;

/// <summary>Writes a member as C# does: accessors, operators, constructors, explicit interface members.</summary>
internal static class MemberNames
{
    private static readonly Dictionary<string, string> Operators = new(StringComparer.Ordinal)
    {
        ["Addition"] = "+",
        ["Subtraction"] = "-",
        ["Multiply"] = "*",
        ["Division"] = "/",
        ["Modulus"] = "%",
        ["BitwiseAnd"] = "&",
        ["BitwiseOr"] = "|",
        ["ExclusiveOr"] = "^",
        ["LeftShift"] = "<<",
        ["RightShift"] = ">>",
        ["UnsignedRightShift"] = ">>>",
        ["Equality"] = "==",
        ["Inequality"] = "!=",
        ["LessThan"] = "<",
        ["GreaterThan"] = ">",
        ["LessThanOrEqual"] = "<=",
        ["GreaterThanOrEqual"] = ">=",
        ["UnaryNegation"] = "-",
        ["UnaryPlus"] = "+",
        ["LogicalNot"] = "!",
        ["OnesComplement"] = "~",
        ["Increment"] = "++",
        ["Decrement"] = "--",
        ["True"] = "true",
        ["False"] = "false",
    };

    /// <param name="name">As in metadata, without the compiler's decoration: <c>get_Total</c>, <c>.ctor</c>, <c>Shop.IPriced.get_Price</c>.</param>
    /// <param name="member">The rest of it.</param>
    public static string Write(string name, in Member member)
    {
        switch (name)
        {
            case ".ctor":
                return member.Type + member.ParameterList;
            case ".cctor":
                return $"static {member.Type}()";
            case "Finalize" when member is { Parameters: [], Result: "void", IsInstance: true }:
                return $"~{member.Type}()";
        }

        int dot = CSharpTypes.LastDot(name);
        if (dot > 0)
        {
            return $"{Contract(name[..dot])}.{Write(name[(dot + 1)..], member)}";
        }

        return Accessor(name, member.Parameters) ?? Operator(name, member) ?? name + member.GenericList + member.ParameterList;
    }

    /// <summary>A member that contains another thing: only its name.</summary>
    public static string Bare(string name, string type)
    {
        if (name is ".ctor" or ".cctor" || name.StartsWith(".ctor.", StringComparison.Ordinal) || name.StartsWith(".cctor.", StringComparison.Ordinal))
        {
            return type + name[(name[1] == 'c' && name[2] == 'c' ? ".cctor" : ".ctor").Length..];
        }

        foreach (string prefix in (ReadOnlySpan<string>)["get_", "set_", "init_", "add_", "remove_"])
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length)
            {
                int end = name.IndexOf('.', StringComparison.Ordinal);
                end = end < 0 ? name.Length : end;
                return $"{name[prefix.Length..end]}.{prefix[..^1]}{name[end..]}";
            }
        }

        return name;
    }

    private static string? Accessor(string name, IReadOnlyList<string>? parameters)
    {
        int bar = name.IndexOf('_', StringComparison.Ordinal);
        if (bar <= 0 || bar + 1 == name.Length || name.AsSpan(0, bar) is not ("get" or "set" or "init" or "add" or "remove"))
        {
            return null;
        }

        string kind = name[..bar];
        string property = name[(bar + 1)..];
        if (parameters is null)
        {
            return $"{property}.{kind}(...)";
        }

        if (property == "Item" && parameters.Count > (kind == "get" ? 0 : 1))
        {
            int indexes = kind == "get" ? parameters.Count : parameters.Count - 1;
            return $"this[{string.Join(", ", parameters.Take(indexes))}].{kind}({string.Join(", ", parameters.Skip(indexes))})";
        }

        return $"{property}.{kind}({string.Join(", ", parameters)})";
    }

    private static string? Operator(string name, in Member member)
    {
        if (!name.StartsWith("op_", StringComparison.Ordinal))
        {
            return null;
        }

        string plain = name["op_".Length..];
        string check = "";
        if (plain.StartsWith("Checked", StringComparison.Ordinal))
        {
            (plain, check) = (plain["Checked".Length..], "checked ");
        }

        if (plain is "Implicit" or "Explicit")
        {
            return $"{(plain == "Implicit" ? "implicit" : "explicit")} operator {check}{member.Result}{member.ParameterList}";
        }

        string assignment = "";
        if (plain.EndsWith("Assignment", StringComparison.Ordinal))
        {
            plain = plain[..^"Assignment".Length];
            assignment = plain is "Increment" or "Decrement" ? "" : "=";
        }

        return Operators.TryGetValue(plain, out string? sign) ? $"operator {check}{sign}{assignment}{member.ParameterList}" : null;
    }

    /// <summary>The interface of an explicit member, each name in it without its namespace.</summary>
    private static string Contract(string text)
    {
        int position = 0;
        return ContractType(text, ref position, 0);
    }

    private static string ContractType(string text, ref int position, int depth)
    {
        int start = position;
        while (position < text.Length && text[position] is not ('<' or '>' or ','))
        {
            position++;
        }

        string name = text[start..position].Trim();
        string suffix = "";
        int bracket = name.IndexOfAny(['[', '?', '*']);
        if (bracket > 0)
        {
            (name, suffix) = (name[..bracket], name[bracket..]);
        }

        var arguments = new List<string>();
        if (position < text.Length && text[position] == '<' && depth < 16)
        {
            do
            {
                position++;
                arguments.Add(ContractType(text, ref position, depth + 1));
            }
            while (position < text.Length && text[position] == ',');
            position++;
            while (position < text.Length && text[position] is '[' or ']' or '?')
            {
                suffix += text[position++];
            }
        }

        return CSharpTypes.Name(name, arguments) + suffix;
    }
}
