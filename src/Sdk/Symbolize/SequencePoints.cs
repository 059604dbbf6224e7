using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace SelfProfiler.Symbolize;

/// <summary>The lines of one PDB: method and IL offset to a place in the source.</summary>
internal sealed class SequencePoints(MetadataReader reader)
{
    // Documents by row, and the MoveNext of each method that became a state machine.
    private readonly Dictionary<int, string> _files = [];
    private Dictionary<int, int>? _moveNext;

    /// <param name="token">Of the method.</param>
    /// <param name="ilOffset">-1 when not known.</param>
    public SourceLine? Find(uint token, int ilOffset)
    {
        int row = (int)(token & 0xFFFFFF);
        if (token >> 24 != 0x06 || row == 0 || row > reader.MethodDebugInformation.Count)
        {
            return null;
        }

        var method = reader.GetMethodDebugInformation(MetadataTokens.MethodDebugInformationHandle(row));
        if (!method.SequencePointsBlob.IsNil)
        {
            return Find(method, ilOffset);
        }

        // Nothing of an async method or iterator is left in itself.
        return MoveNextOf(row) is { } moveNext ? Find(reader.GetMethodDebugInformation(moveNext), -1) : null;
    }

    private SourceLine? Find(MethodDebugInformation method, int ilOffset)
    {
        SequencePoint? first = null;
        SequencePoint? found = null;
        foreach (var point in method.GetSequencePoints())
        {
            if (point.IsHidden)
            {
                continue;
            }

            first ??= point;
            if (point.Offset > ilOffset)
            {
                break;
            }

            found = point;
        }

        if (first is not { } start)
        {
            return null;
        }

        var place = found ?? start;
        return new SourceLine(FileOf(place.Document), place.StartLine, start.StartLine);
    }

    private MethodDebugInformationHandle? MoveNextOf(int kickoff)
    {
        if (_moveNext is null)
        {
            _moveNext = [];
            foreach (var handle in reader.MethodDebugInformation)
            {
                var source = reader.GetMethodDebugInformation(handle).GetStateMachineKickoffMethod();
                if (!source.IsNil)
                {
                    _moveNext[MetadataTokens.GetRowNumber(source)] = MetadataTokens.GetRowNumber(handle);
                }
            }
        }

        return _moveNext.TryGetValue(kickoff, out int row) ? MetadataTokens.MethodDebugInformationHandle(row) : null;
    }

    private string FileOf(DocumentHandle handle)
    {
        int row = MetadataTokens.GetRowNumber(handle);
        if (!_files.TryGetValue(row, out string? file))
        {
            file = handle.IsNil ? "" : reader.GetString(reader.GetDocument(handle).Name);
            _files.Add(row, file);
        }

        return file;
    }
}
