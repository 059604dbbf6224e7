namespace SelfProfiler.Symbolize;

/// <summary>Numbers functions, so that a frame has the same identity whenever and from whatever tier it was seen. Used under the symbolizer's lock.</summary>
/// <remarks>A number is given to module and C# name, not to an address or a method id: both are used again. Identity = number and line, below 2^44.
/// Beyond the bound identities are hashes of 63 bits with the top bit set: still the same every time, never equal to a counted one.</remarks>
internal sealed class FrameIdentities(int maxFunctions = 100_000)
{
    private const int LineBits = 20;
    private const int MaxLine = (1 << LineBits) - 1;

    private readonly Dictionary<(string Module, string Function), int> _numbers = [];

    /// <summary>Functions identified by hash because the table was full.</summary>
    public long Overflow { get; private set; }

    public ulong Of(string module, string function, int line)
    {
        line = Math.Clamp(line, 0, MaxLine);
        if (_numbers.TryGetValue((module, function), out int number))
        {
            return ((ulong)number << LineBits) | (uint)line;
        }

        if (_numbers.Count >= maxFunctions)
        {
            Overflow++;
            return Hash(module, function, line) | (1UL << 63);
        }

        number = _numbers.Count + 1;
        _numbers.Add((module, function), number);
        return ((ulong)number << LineBits) | (uint)line;
    }

    private static ulong Hash(string module, string function, int line)
    {
        // Not string.GetHashCode: 32 bits are too few for identities.
        ulong hash = 14695981039346656037;
        Mix(ref hash, module);
        Mix(ref hash, "\0");
        Mix(ref hash, function);
        hash = (hash ^ (uint)line) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }

    private static void Mix(ref ulong hash, string text)
    {
        foreach (char c in text)
        {
            hash = (hash ^ c) * 1099511628211;
        }
    }
}
