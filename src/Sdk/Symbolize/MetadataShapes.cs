using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace SelfProfiler.Symbolize;

/// <summary>Reads what the metadata of a loaded assembly says of a method. For consumers; never called by the pump.</summary>
internal static class MetadataShapes
{
    private static readonly string[] StateMachineAttributes =
    [
        "AsyncStateMachineAttribute", "IteratorStateMachineAttribute", "AsyncIteratorStateMachineAttribute",
    ];

    /// <param name="reader">Metadata of the module.</param>
    /// <param name="token">Of the method.</param>
    /// <param name="name">As the runtime gave it: another name means another module.</param>
    /// <param name="arguments">Of the declaring type; null for those shared by reference types.</param>
    public static MethodShape? Read(MetadataReader reader, uint token, string name, IReadOnlyList<string?> arguments)
    {
        int row = (int)(token & 0xFFFFFF);
        if (token >> 24 != 0x06 || row == 0 || row > reader.MethodDefinitions.Count)
        {
            return null;
        }

        var method = reader.GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(row));
        if (!reader.StringComparer.Equals(method.Name, name))
        {
            return null;
        }

        var type = reader.GetTypeDefinition(method.GetDeclaringType());
        var declared = Names(reader, type.GetGenericParameters());
        string[] shown = [.. declared.Select((n, i) => i < arguments.Count ? arguments[i] ?? n : n)];
        bool kickoff = false;
        if (name == "MoveNext" && Kickoff(reader, type) is { } source)
        {
            method = source;
            kickoff = true;
        }

        var own = Names(reader, method.GetGenericParameters());
        var signature = method.DecodeSignature(MetadataTypes.Instance, new MetadataTypes.Context(shown, own));
        return new MethodShape(declared, own, Parameters(reader, method, signature), signature.ReturnType, kickoff);
    }

    /// <summary>The token of a method of which only the names are known; 0 when there is not exactly one that fits.</summary>
    public static uint FindToken(MetadataReader reader, RuntimeTypeName typeName, string name, string signature)
    {
        if (FindType(reader, typeName) is not { } type)
        {
            return 0;
        }

        var found = type.GetMethods().Where(h => reader.StringComparer.Equals(reader.GetMethodDefinition(h).Name, name)).ToList();
        if (found.Count > 1)
        {
            string[] declared = [.. Names(reader, type.GetGenericParameters())];
            string wanted = string.Join(',', RuntimeSignature.Parse(signature, declared).Parameters ?? []);
            found.RemoveAll(h => string.Join(',', Plain(reader, reader.GetMethodDefinition(h), declared)) != wanted);
        }

        return found.Count == 1 ? (uint)MetadataTokens.GetToken(found[0]) : 0;
    }

    private static TypeDefinition? FindType(MetadataReader reader, RuntimeTypeName name)
    {
        TypeDefinition? found = null;
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (!type.IsNested && reader.StringComparer.Equals(type.Name, name.Segments[0].Name) && reader.StringComparer.Equals(type.Namespace, name.Namespace))
            {
                found = type;
                break;
            }
        }

        foreach (var segment in name.Segments.Skip(1))
        {
            var nested = found?.GetNestedTypes().FirstOrDefault(h => reader.StringComparer.Equals(reader.GetTypeDefinition(h).Name, segment.Name)) ?? default;
            found = nested.IsNil ? null : reader.GetTypeDefinition(nested);
        }

        return found;
    }

    /// <summary>Parameters as the runtime's string tells them: no difference between ref, out and in.</summary>
    private static IEnumerable<string> Plain(MetadataReader reader, MethodDefinition method, string[] declared)
    {
        int own = method.GetGenericParameters().Count;
        string[] placeholders = own == 0 ? [] : RuntimeSignature.PlaceholderNames(own, declared.Any(a => a is "T" or "T1") ? "U" : "T");
        return method.DecodeSignature(MetadataTypes.Instance, new MetadataTypes.Context(declared, placeholders)).ParameterTypes
            .Where(t => !t.EndsWith(MetadataTypes.Closure, StringComparison.Ordinal));
    }

    /// <summary>The method whose attribute names the state machine.</summary>
    private static MethodDefinition? Kickoff(MetadataReader reader, TypeDefinition stateMachine)
    {
        if (!stateMachine.IsNested)
        {
            return null;
        }

        string suffix = "+" + reader.GetString(stateMachine.Name);
        var outer = reader.GetTypeDefinition(stateMachine.GetDeclaringType());
        foreach (var handle in outer.GetMethods())
        {
            var method = reader.GetMethodDefinition(handle);
            foreach (var attribute in method.GetCustomAttributes())
            {
                if (Names(reader, reader.GetCustomAttribute(attribute), suffix))
                {
                    return method;
                }
            }
        }

        return null;
    }

    private static bool Names(MetadataReader reader, CustomAttribute attribute, string suffix)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference
            || reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is not { Kind: HandleKind.TypeReference } parent)
        {
            return false;
        }

        var name = reader.GetTypeReference((TypeReferenceHandle)parent).Name;
        if (!StateMachineAttributes.Any(a => reader.StringComparer.Equals(name, a)))
        {
            return false;
        }

        var value = reader.GetBlobReader(attribute.Value);
        return value.ReadUInt16() == 1 && value.ReadSerializedString() is { } typeName
            && typeName.Split(',')[0].EndsWith(suffix, StringComparison.Ordinal);
    }

    private static List<string> Parameters(MetadataReader reader, MethodDefinition method, MethodSignature<string> signature)
    {
        string[] types = [.. signature.ParameterTypes];
        foreach (var handle in method.GetParameters())
        {
            var parameter = reader.GetParameter(handle);
            int index = parameter.SequenceNumber - 1;
            if (index >= 0 && index < types.Length)
            {
                types[index] = Refined(reader, parameter, types[index]);
            }
        }

        return [.. types.Where(t => !t.EndsWith(MetadataTypes.Closure, StringComparison.Ordinal))];
    }

    /// <summary>Tells apart what one type stands for: ref, out and in; object and dynamic.</summary>
    private static string Refined(MetadataReader reader, Parameter parameter, string type)
    {
        if (type == "object")
        {
            return Has(reader, parameter, "DynamicAttribute") ? "dynamic" : type;
        }

        if (!type.StartsWith("ref ", StringComparison.Ordinal))
        {
            return type;
        }

        string kind = (parameter.Attributes & (ParameterAttributes.Out | ParameterAttributes.In)) switch
        {
            ParameterAttributes.Out => "out ",
            _ when Has(reader, parameter, "RequiresLocationAttribute") => "ref readonly ",
            _ when Has(reader, parameter, "IsReadOnlyAttribute") => "in ",
            _ => "ref ",
        };
        return kind + type["ref ".Length..];
    }

    private static bool Has(MetadataReader reader, Parameter parameter, string attributeName)
    {
        foreach (var handle in parameter.GetCustomAttributes())
        {
            var constructor = reader.GetCustomAttribute(handle).Constructor;
            var name = constructor.Kind switch
            {
                HandleKind.MemberReference when reader.GetMemberReference((MemberReferenceHandle)constructor).Parent is { Kind: HandleKind.TypeReference } parent
                    => reader.GetTypeReference((TypeReferenceHandle)parent).Name,
                HandleKind.MethodDefinition // the compiler put the attribute into the assembly itself
                    => reader.GetTypeDefinition(reader.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType()).Name,
                _ => default,
            };
            if (!name.IsNil && reader.StringComparer.Equals(name, attributeName))
            {
                return true;
            }
        }

        return false;
    }

    private static List<string> Names(MetadataReader reader, GenericParameterHandleCollection handles)
    {
        var names = new List<string>();
        foreach (var handle in handles)
        {
            names.Add(CompilerNames.Type(reader.GetString(reader.GetGenericParameter(handle).Name)));
        }

        return names;
    }
}
