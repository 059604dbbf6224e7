namespace SelfProfiler.Symbolize;

/// <summary>One piece of machine code of one method: what the pump knows of it when it appears. Names are made from it later, by whoever asks.</summary>
/// <remarks>Bodies are made when an address in them is first seen, not for every method of the process; their names stay in the
/// map's <see cref="TextTable"/> and become strings each time they are asked for.</remarks>
internal sealed class MethodBody
{
    private const int ObjectBytes = 112;
    private const int StringBytes = 24;

    private volatile string[]? _strings;
    private volatile MethodText? _text;
    private volatile byte[]? _ilMap;

    public MethodBody()
    {
    }

    public MethodBody(CodeModule? module, MethodText text)
    {
        Module = module;
        _text = text;
    }

    public required ulong Start { get; init; }

    public required uint Size { get; init; }

    public ulong MethodId { get; init; }

    public ulong ModuleId { get; init; }

    public uint Token { get; init; }

    /// <summary>The low 16 bits of the event's flags.</summary>
    public uint Flags { get; init; }

    /// <summary>When it was loaded; known of dynamic methods only, whose ids and addresses are soon used again.</summary>
    public long LoadedAt { get; init; }

    /// <summary>Where the method comes from; null for dynamic methods and when the runtime never named the module.</summary>
    public CodeModule? Module { get; init; }

    /// <summary>As the runtime writes them: <c>Shop.OrderService+&lt;GetAsync&gt;d__5</c>, <c>MoveNext</c>, <c>instance void ()</c>.</summary>
    public string Namespace
    {
        get => Part(0);
        init => SetPart(0, value);
    }

    public string Name
    {
        get => Part(1);
        init => SetPart(1, value);
    }

    public string Signature
    {
        get => Part(2);
        init => SetPart(2, value);
    }

    /// <summary>Packed native-to-IL offsets (<see cref="PackedILMap"/>); null where the runtime sent none. Written by the pump, read by consumers.</summary>
    public byte[]? ILMap
    {
        get => _ilMap;
        set => _ilMap = value;
    }

    /// <summary>It was made to reach over functions that no other known method begins with: should one be told of later, this body is removed and was wrong there.</summary>
    public bool Guessed { get; init; }

    /// <summary>The code is gone and its addresses may be used again. Written by the pump, read by the pump.</summary>
    public bool Removed { get; set; }

    /// <summary>What it takes by itself once the code is gone and nobody else has it: it, its names, its IL map.</summary>
    public int OwnBytes
    {
        get
        {
            int bytes = ObjectBytes + (_ilMap is { Length: var map } ? StringBytes + map : 0);
            foreach (string text in _strings ?? [])
            {
                bytes += text.Length == 0 ? 0 : StringBytes + (text.Length * sizeof(char));
            }

            return bytes;
        }
    }

    /// <summary>Ranges are half-open. On unsigned numbers one comparison checks both ends.</summary>
    public bool Contains(ulong address) => address - Start < Size;

    /// <summary>The pump moved the names to another table. One reference changes, so a reader sees the old ones or the new ones.</summary>
    internal void MoveText(MethodText text) => _text = _text is null ? null : text;

    /// <summary>The code is gone: whoever keeps the body must not keep a whole table of names with it.</summary>
    internal void LeaveText()
    {
        if (_text is { } text)
        {
            _strings = [text.Get(0), text.Get(1), text.Get(2)];
            _text = null;
        }
    }

    // Looked at twice: meanwhile the names may have left the table.
    private string Part(int index) => _strings?[index] ?? _text?.Get(index) ?? _strings?[index] ?? "";

    private void SetPart(int index, string value) => (_strings ??= ["", "", ""])[index] = value;
}
