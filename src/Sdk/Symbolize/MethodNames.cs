using System.Globalization;

namespace SelfProfiler.Symbolize;

/// <summary>Makes the C# name of a method from what the runtime calls it.</summary>
/// <remarks>
/// Types stand with their namespace, types of parameters without. Beyond the language's own forms:
/// <list type="bullet">
/// <item>async methods and iterators carry the name and the parameters of the method in the source; other members of their state machines follow it (<c>Items.Dispose()</c>)</item>
/// <item>lambdas: <c>Shop.Cart.Total.lambda1(int)</c>, counted in the order of the source; local functions: <c>Shop.Cart.Total.Round(decimal)</c></item>
/// <item>accessors: <c>Shop.Cart.Total.get()</c>, <c>Shop.Cart.this[int].set(string)</c>, <c>Shop.Cart.Changed.add(Action)</c></item>
/// <item>constructors: <c>Shop.Cart.Cart(int)</c>, <c>Shop.Cart.static Cart()</c>; finalizers: <c>Shop.Cart.~Cart()</c></item>
/// <item>explicit interface members: <c>Shop.Cart.IPriced.Price.get()</c></item>
/// <item>an argument shared by all reference types is shown as the parameter's name: <c>List&lt;T&gt;.Add(T)</c>; parameters not known: <c>(...)</c></item>
/// <item>code made at run time: <c>[dynamic].lambda_method(?, int)</c>; the runtime's stubs: <c>[IL stub PInvoke]</c></item>
/// </list>
/// Nothing throws on strange text; names are cut at <see cref="MaxLength"/>.
/// </remarks>
internal static class MethodNames
{
    public const int MaxLength = 512;

    private const string Stub = "IL_STUB_";
    private const string NoMethod = "[unknown]";

    public static string Of(MethodBody body, MethodShape? shape = null) => Of(body.Namespace, body.Name, body.Signature, shape);

    /// <param name="typeName">As the runtime's events give it, like the two that follow.</param>
    /// <param name="name">Of the method.</param>
    /// <param name="signature">May be empty.</param>
    /// <param name="shape">What the metadata says; null when it cannot be read.</param>
    public static string Of(string typeName, string name, string signature, MethodShape? shape = null)
    {
        if (name.StartsWith(Stub, StringComparison.Ordinal))
        {
            return Cut($"[IL stub {name[Stub.Length..]}]");
        }

        if (typeName.Length == 0)
        {
            return name.Length == 0 ? NoMethod : Cut(name); // helpers of the runtime
        }

        if (typeName == "dynamicClass")
        {
            var dynamic = RuntimeSignature.Parse(signature, []);
            return Cut($"[dynamic].{WithoutCounter(name)}({string.Join(", ", dynamic.Parameters ?? [])})");
        }

        return Cut(Of(RuntimeTypeName.Parse(typeName), name, signature, shape));
    }

    private static string Of(RuntimeTypeName type, string name, string signature, MethodShape? shape)
    {
        string[] arguments = Shown(type.Arguments, shape);
        int owner = OwnerSegments(type, out string? flow);
        string prefix = type.Namespace.Length == 0 ? "" : type.Namespace + ".";
        string path = type.Path(owner, arguments);
        string self = ShortName(type.Segments, owner);

        var parsed = RuntimeSignature.Parse(signature, arguments);
        name = parsed.IsInit && name.StartsWith("set_", StringComparison.Ordinal) ? "init_" + name["set_".Length..] : name;
        var member = new Member(self, shape?.MethodArguments ?? parsed.MethodArguments, shape?.Parameters ?? parsed.Parameters, shape?.Return ?? parsed.Return, parsed.IsInstance);

        if (flow is not null)
        {
            return Join(prefix, path, name == "MoveNext" ? Source(flow, member, shape) : $"{Bare(flow, self)}.{Machinery(name, member, parsed)}");
        }

        // Nothing is left of a closure but its creation.
        bool closure = owner < type.Segments.Count && name is ".ctor" or ".cctor";
        return Join(prefix, path, closure ? "closure()" : Written(name, member));
    }

    /// <summary>The async method or iterator of the source.</summary>
    private static string Source(string flow, Member member, MethodShape? shape) =>
        Written(flow, shape is { IsKickoff: true } ? member : member with { Generics = [], Parameters = null, Result = "" });

    /// <summary>Another member of a state machine.</summary>
    private static string Machinery(string name, Member member, RuntimeSignature signature) => name is ".ctor" or ".cctor"
        ? "ctor()"
        : Written(WithoutContract(name), member with { Generics = signature.MethodArguments, Parameters = signature.Parameters, Result = signature.Return });

    /// <summary>How many segments name a type of the source, and the method whose state machine follows them.</summary>
    private static int OwnerSegments(RuntimeTypeName type, out string? flow)
    {
        flow = null;
        int count = type.Segments.Count;
        if (CompilerNames.TryParse(StripArity(type.Segments[^1].Name), out var parts) && parts.Kind == 'd' && !parts.Inner.IsEmpty)
        {
            flow = parts.Inner.ToString();
            count--;
        }

        while (count > 1 && CompilerNames.IsClosure(type.Segments[count - 1].Name))
        {
            count--;
        }

        return count;
    }

    private static string Written(string name, Member member)
    {
        if (!CompilerNames.TryParse(name, out _))
        {
            return MemberNames.Write(name.Replace('-', '.'), member);
        }

        return Bare(name, member.Type) + member.GenericList + member.ParameterList;
    }

    private static string Bare(string name, string type) => MemberNames.Bare(CompilerNames.Method(name).Replace('-', '.'), type);

    /// <summary>What stands for each argument of the type: an argument that all reference types share has the name of the parameter.</summary>
    private static string[] Shown(IReadOnlyList<string?> arguments, MethodShape? shape)
    {
        string[] shown = new string[arguments.Count];
        string[] placeholders = RuntimeSignature.PlaceholderNames(arguments.Count);
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = arguments[i] ?? (shape is not null && i < shape.TypeParameters.Count ? shape.TypeParameters[i] : placeholders[i]);
        }

        return shown;
    }

    private static string ShortName(IReadOnlyList<RuntimeTypeName.Segment> segments, int owner) =>
        CompilerNames.Type(segments[Math.Max(0, owner - 1)].Name);

    private static string StripArity(string name)
    {
        int tick = name.LastIndexOf('`');
        return tick > 0 ? name[..tick] : name;
    }

    /// <summary><c>System.IDisposable.Dispose</c> of a state machine is its <c>Dispose</c>.</summary>
    private static string WithoutContract(string name)
    {
        int dot = CSharpTypes.LastDot(name);
        return dot > 0 ? name[(dot + 1)..] : name;
    }

    /// <summary>Compiled expressions are numbered (<c>lambda_method17</c>): the number says nothing and makes every one another function.</summary>
    private static string WithoutCounter(string name) =>
        name.StartsWith("lambda_method", StringComparison.Ordinal) ? name.TrimEnd([.. "0123456789"]) : name;

    private static string Join(string prefix, string path, string member) =>
        path.Length == 0 ? prefix + member : string.Create(CultureInfo.InvariantCulture, $"{prefix}{path}.{member}");

    private static string Cut(string name) =>
        name.Length <= MaxLength ? name : string.Concat(name.AsSpan(0, MaxLength - 3), "...");
}
