using Microsoft.Win32.SafeHandles;

namespace SelfProfiler.Symbolize;

/// <summary>Reads this process's memory by way of the kernel, so that an address that is not mapped (any more) is an answer and not a crash. Pump only.</summary>
internal sealed class ProcessMemory : IDisposable
{
    private readonly SafeFileHandle? _file;

    public ProcessMemory()
    {
        try
        {
            _file = File.OpenHandle("/proc/self/mem");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = $"/proc/self/mem cannot be read ({e.Message}): precompiled methods get their names from rundowns only.";
        }
    }

    /// <summary>Why nothing can be read; null when it can.</summary>
    public string? Failure { get; }

    /// <returns>False when not all of it can be read.</returns>
    public bool Read(ulong address, Span<byte> bytes)
    {
        if (_file is null || address > long.MaxValue)
        {
            return false;
        }

        try
        {
            return RandomAccess.Read(_file, bytes, (long)address) == bytes.Length;
        }
        catch (IOException)
        {
            return false; // not mapped: an answer
        }
    }

    public void Dispose() => _file?.Dispose();
}
