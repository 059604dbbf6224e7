namespace SelfProfiler.Symbolize;

/// <summary>Gives instructions their place in the source, where there are PDBs. Used under the symbolizer's lock; never by the pump.</summary>
internal sealed class SourceLines
{
    private const int MaxOpen = 32;
    private const long MaxOpenBytes = 48 << 20;

    // Oldest use first.
    private readonly List<OpenPdb> _open = [];

    /// <summary>PDBs that could not be read, and why the last one could not.</summary>
    public long Failures { get; private set; }

    public string? LastFailure { get; private set; }

    /// <summary>Bytes of the PDBs in memory.</summary>
    public long OpenBytes { get; private set; }

    /// <param name="body">Where the address lies.</param>
    /// <param name="token">Of the method; 0 when it could not be found.</param>
    /// <param name="address">An instruction, or the byte before a return address.</param>
    /// <returns>Null where there is no PDB, or nothing in it.</returns>
    public SourceLine? Find(MethodBody body, uint token, ulong address)
    {
        if (body.Module is not { } module || token == 0 || Lines(module) is not { } lines)
        {
            return null;
        }

        int offset = body.ILMap is { } map && body.Contains(address) ? PackedILMap.Find(map, (uint)(address - body.Start)) : -1;
        try
        {
            return lines.Find(token, offset);
        }
        catch (BadImageFormatException e)
        {
            Failed(e);
            return null;
        }
    }

    /// <summary>Looks whether there is a PDB, so that the pump need not keep offsets for a module without.</summary>
    public void LookFor(CodeModule module)
    {
        if (Lines(module) is not null)
        {
            Close();
        }
    }

    /// <summary>Lets go of the PDBs in memory: those who need one again open it again.</summary>
    public void Close()
    {
        foreach (var open in _open)
        {
            open.Pdb.Dispose();
        }

        _open.Clear();
        OpenBytes = 0;
    }

    private SequencePoints? Lines(CodeModule module)
    {
        if (module.Lines == CodeModule.LineInfo.Absent)
        {
            return null;
        }

        int at = _open.FindIndex(o => o.Module == module);
        if (at >= 0)
        {
            var open = _open[at];
            _open.RemoveAt(at);
            _open.Add(open);
            return open.Points;
        }

        if (module.Path.Length == 0)
        {
            return null; // the runtime has not named it yet
        }

        var pdb = PdbLocator.Open(module, Failed);
        if (pdb is null)
        {
            module.Lines = CodeModule.LineInfo.Absent;
            return null;
        }

        module.Lines = CodeModule.LineInfo.Present;
        MakeRoom(pdb.Bytes);
        OpenBytes += pdb.Bytes;
        var points = new SequencePoints(pdb.Reader);
        _open.Add(new OpenPdb(module, pdb, points));
        return points;
    }

    private void MakeRoom(long bytes)
    {
        while (_open.Count > 0 && (_open.Count >= MaxOpen || OpenBytes + bytes > MaxOpenBytes))
        {
            OpenBytes -= _open[0].Pdb.Bytes;
            _open[0].Pdb.Dispose();
            _open.RemoveAt(0);
        }
    }

    private void Failed(Exception e)
    {
        Failures++;
        LastFailure = $"{e.GetType().Name}: {e.Message}";
    }

    private sealed record OpenPdb(CodeModule Module, PdbFile Pdb, SequencePoints Points);
}
