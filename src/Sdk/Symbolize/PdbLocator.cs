using System.Reflection.PortableExecutable;

namespace SelfProfiler.Symbolize;

/// <summary>Finds the PDB of a module: beside it, where the compiler wrote it, beside the program, or inside the module.</summary>
internal static class PdbLocator
{
    /// <summary>A larger PDB is left alone.</summary>
    private const long MaxBytes = 64 << 20;

    private const int MaxEmbeddedBytes = 16 << 20;

    /// <returns>Null when there is none that was written with the module.</returns>
    public static PdbFile? Open(CodeModule module, Action<Exception> failed)
    {
        if (module.Path.Length == 0)
        {
            return null;
        }

        Guid id = module.PdbId;
        PEReader? image = null;
        try
        {
            if (id == default)
            {
                image = OpenImage(module.Path);
                id = image is null ? default : IdOf(image);
            }

            return id == default ? null : Beside(module, id, failed) ?? Inside(image ??= OpenImage(module.Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException or InvalidOperationException)
        {
            failed(e);
            return null;
        }
        finally
        {
            image?.Dispose();
        }
    }

    private static PdbFile? Beside(CodeModule module, Guid id, Action<Exception> failed)
    {
        foreach (string path in Candidates(module))
        {
            if (!File.Exists(path))
            {
                continue;
            }

            PdbFile? pdb = null;
            try
            {
                pdb = PdbFile.Read(path, MaxBytes);
                if (pdb.Id == id)
                {
                    return pdb;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
            {
                failed(e);
            }

            pdb?.Dispose();
        }

        return null;
    }

    public static IEnumerable<string> Candidates(CodeModule module)
    {
        string name = module.Name + ".pdb";
        string folder = Path.GetDirectoryName(module.Path) ?? "";
        if (folder.Length != 0)
        {
            yield return Path.Combine(folder, name);
        }

        if (folder.Length == 0 || !string.Equals(folder, Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory), StringComparison.Ordinal))
        {
            yield return Path.Combine(AppContext.BaseDirectory, name);
        }

        // A program run where it was built.
        if (Path.IsPathRooted(module.PdbPath))
        {
            yield return module.PdbPath;
        }
    }

    private static PdbFile? Inside(PEReader? image)
    {
        if (image is null)
        {
            return null;
        }

        foreach (var entry in image.ReadDebugDirectory())
        {
            if (entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb && entry.DataSize is > 0 and < MaxEmbeddedBytes)
            {
                return PdbFile.Of(image.ReadEmbeddedPortablePdbDebugDirectoryData(entry));
            }
        }

        return null;
    }

    private static Guid IdOf(PEReader image)
    {
        foreach (var entry in image.ReadDebugDirectory())
        {
            if (entry.Type == DebugDirectoryEntryType.CodeView && entry.IsPortableCodeView)
            {
                return image.ReadCodeViewDebugDirectoryData(entry).Guid;
            }
        }

        return default;
    }

    private static PEReader? OpenImage(string path)
    {
        // Between the file and the reader stands a buffer, because the reader maps plain files (see PdbFile).
        return Path.IsPathRooted(path) && File.Exists(path) ? new PEReader(new BufferedStream(File.OpenRead(path), 4096)) : null;
    }
}
