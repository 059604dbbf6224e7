namespace SelfProfiler.Symbolize;

/// <summary>One module (a file of an assembly) that code comes from. Made when an id is first met; its path may come later.</summary>
internal sealed class CodeModule(ulong id)
{
    private volatile string _path = "";
    private volatile string _pdbPath = "";
    private volatile LineInfo _lines;

    /// <summary>Whether source lines can be had.</summary>
    internal enum LineInfo
    {
        /// <summary>Nobody has looked yet: offsets are kept in case they can.</summary>
        Unknown,

        /// <summary>There is a PDB.</summary>
        Present,

        /// <summary>There is none: offsets need not be kept.</summary>
        Absent,
    }

    public ulong Id { get; } = id;

    /// <summary>Path of the IL image as the runtime names it: a file, a bare name (single-file, loaded from bytes), or empty when unknown. Written by the pump.</summary>
    public string Path
    {
        get => _path;
        set => _path = value;
    }

    /// <summary>Where the compiler wrote the PDB; usually another machine's path. Written by the pump.</summary>
    public string PdbPath
    {
        get => _pdbPath;
        set => _pdbPath = value;
    }

    /// <summary>Which PDB was written with the module. Written by the pump before the path.</summary>
    public Guid PdbId { get; set; }

    /// <summary>Written by the consumer that looks for the PDB, read by the pump.</summary>
    public LineInfo Lines
    {
        get => _lines;
        set => _lines = value;
    }

    /// <summary>File name without its extension.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(_path);
}
