using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace SelfProfiler.Symbolize;

/// <summary>Writes the types of metadata signatures in C#, the same way as <see cref="RuntimeSignature"/> does.</summary>
internal sealed class MetadataTypes : ISignatureTypeProvider<string, MetadataTypes.Context>
{
    /// <summary>Stands for the type of a parameter that only the compiler knows.</summary>
    public const string Closure = "<closure>";

    public static readonly MetadataTypes Instance = new();

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode switch
    {
        PrimitiveTypeCode.TypedReference => "TypedReference",
        _ => CSharpTypes.Name("System." + typeCode, []),
    };

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeDefinition(handle);
        return Name(reader, type.Namespace, type.Name);
    }

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeReference(handle);
        return Name(reader, type.Namespace, type.Name);
    }

    public string GetTypeFromSpecification(MetadataReader reader, Context genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => "?";

    public string GetSZArrayType(string elementType) => CSharpTypes.Cut(elementType + "[]");

    public string GetArrayType(string elementType, ArrayShape shape) =>
        CSharpTypes.Cut($"{elementType}[{new string(',', Math.Clamp(shape.Rank, 1, 32) - 1)}]");

    public string GetPointerType(string elementType) => CSharpTypes.Cut(elementType + "*");

    public string GetByReferenceType(string elementType) => "ref " + elementType;

    public string GetPinnedType(string elementType) => elementType;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetGenericTypeParameter(Context genericContext, int index) => At(genericContext.TypeArguments, index);

    public string GetGenericMethodParameter(Context genericContext, int index) => At(genericContext.MethodArguments, index);

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments)
    {
        if (genericType == Closure)
        {
            return Closure;
        }

        // The definition was written without its arguments; nullables and tuples are written otherwise with them.
        string fullName = genericType switch
        {
            "Nullable" => "System.Nullable",
            "ValueTuple" => "System.ValueTuple",
            _ => genericType,
        };
        return CSharpTypes.Name(fullName, typeArguments);
    }

    public string GetFunctionPointerType(MethodSignature<string> signature) =>
        CSharpTypes.Cut($"delegate*<{string.Join(", ", signature.ParameterTypes.Append(signature.ReturnType))}>");

    private static string At(IReadOnlyList<string> names, int index) => index < names.Count ? names[index] : "?";

    private static string Name(MetadataReader reader, StringHandle nameSpace, StringHandle name)
    {
        string ns = reader.GetString(nameSpace);
        string own = reader.GetString(name);
        return CompilerNames.IsClosure(own) ? Closure : CSharpTypes.Name(ns.Length == 0 ? own : $"{ns}.{own}", []);
    }

    /// <summary>What the variables of a signature stand for.</summary>
    internal readonly record struct Context(IReadOnlyList<string> TypeArguments, IReadOnlyList<string> MethodArguments);
}
