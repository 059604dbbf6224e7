using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;

namespace SelfProfiler.Symbolize;

/// <summary>Finds the loaded assembly a module belongs to and lends its metadata, which the runtime has in memory anyway. Used under the symbolizer's lock.</summary>
/// <remarks>Assemblies are held weakly: a collectible load context must be able to go.</remarks>
internal sealed class LoadedAssemblies
{
    // By path, and by simple name for those without a file of their own (single-file, loaded from bytes).
    private readonly Dictionary<string, WeakReference<Assembly>> _known = new(StringComparer.Ordinal);
    private int _loaded;

    /// <summary>Calls back with the module's metadata, which is valid during the call only.</summary>
    /// <returns>Default when the module is dynamic, unloaded, or not to be found.</returns>
    public unsafe T? Read<T>(CodeModule? module, Func<MetadataReader, T?> read)
    {
        if (module is null || module.Path.Length == 0 || Find(module) is not { } assembly
            || !assembly.TryGetRawMetadata(out byte* blob, out int length))
        {
            return default;
        }

        try
        {
            return read(new MetadataReader(blob, length));
        }
        catch (BadImageFormatException)
        {
            return default; // names are made from what the runtime said
        }
        finally
        {
            GC.KeepAlive(assembly); // the memory lives as long as it
        }
    }

    private Assembly? Find(CodeModule module)
    {
        string key = Path.IsPathRooted(module.Path) ? module.Path : module.Name;
        if (!TryGet(key, out var assembly))
        {
            Scan();
            _ = TryGet(key, out assembly) || TryGet(module.Name, out assembly);
        }

        return assembly;
    }

    private bool TryGet(string key, [NotNullWhen(true)] out Assembly? assembly)
    {
        assembly = null;
        if (!_known.TryGetValue(key, out var reference))
        {
            return false;
        }

        if (!reference.TryGetTarget(out assembly))
        {
            _loaded = 0; // unloaded: what has come in its place makes the number the same
            return false;
        }

        return true;
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "An empty location is one of the two cases.")]
    private void Scan()
    {
        var assemblies = AppDomain.CurrentDomain.GetAssemblies();
        if (assemblies.Length == _loaded)
        {
            return;
        }

        _loaded = assemblies.Length;
        _known.Clear();
        foreach (var assembly in assemblies)
        {
            if (!assembly.IsDynamic)
            {
                string location = assembly.Location;
                string key = location.Length != 0 ? location : assembly.GetName().Name ?? "";
                _known[key] = new WeakReference<Assembly>(assembly);
            }
        }
    }
}
