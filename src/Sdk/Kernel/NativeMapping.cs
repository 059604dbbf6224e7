using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>An executable range of the process and what is known of the file behind it. Guarded by the lock of <see cref="NativeImages"/>.</summary>
internal sealed class NativeMapping(ulong start, ulong end, ulong offset, string path, Frame? folded)
{
    public ulong Start => start;

    public ulong End => end;

    /// <summary>Offset in the file of the first byte.</summary>
    public ulong Offset => offset;

    /// <summary>Empty or in brackets where no file lies behind it.</summary>
    public string Path => path;

    /// <summary>The frame that stands for all of it; null where code of the runtime's own making may lie, which others name better.</summary>
    public Frame? Folded => folded;
}
