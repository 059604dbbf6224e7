namespace SelfProfiler.Symbolize;

/// <summary>Answers of the last look-ups: stacks repeat their frames, and native addresses are asked about as often as known ones. Pump only.</summary>
internal sealed class RecentCode
{
    /// <summary>A power of two.</summary>
    private const int Slots = 1024;

    private readonly MethodBody?[] _known = new MethodBody?[Slots];
    private readonly ulong[] _unknown = new ulong[Slots];
    private ImageRanges _unknownSince = ImageRanges.None;
    private bool _unknownIsOld;

    /// <returns>Whether the answer is remembered; the body is null when the address belongs to none.</returns>
    public bool TryFind(ulong address, ImageRanges images, out MethodBody? body)
    {
        body = _known[KnownSlot(address)];
        if (body is { Removed: false } && body.Contains(address))
        {
            return true;
        }

        body = null;
        if (_unknownIsOld || !ReferenceEquals(images, _unknownSince))
        {
            // What was learnt since may name them.
            Array.Clear(_unknown);
            (_unknownIsOld, _unknownSince) = (false, images);
            return false;
        }

        return _unknown[UnknownSlot(address)] == address;
    }

    public void Remember(ulong address, MethodBody? body)
    {
        if (body is null)
        {
            _unknown[UnknownSlot(address)] = address;
        }
        else
        {
            _known[KnownSlot(address)] = body;
        }
    }

    /// <summary>More code is known than before.</summary>
    public void Learnt() => _unknownIsOld = true;

    private static int KnownSlot(ulong address) => (int)(address >> 6) & (Slots - 1);

    private static int UnknownSlot(ulong address) => (int)((address >> 12) ^ address) & (Slots - 1);
}
