using SelfProfiler.Labels;

namespace SelfProfiler.History;

/// <summary>The requests of a window in the order in which they began, numbered from 1, and the number of each: without moving or copying one of them.</summary>
internal sealed class RequestOrder
{
    public static readonly RequestOrder None = new([]);

    private readonly RequestInfo[] _requests;
    private readonly int[] _order;
    private readonly int[] _slots; // open addressing; a slot holds a number, 0 = free

    public RequestOrder(RequestInfo[] requests)
    {
        _requests = requests;
        _order = new int[requests.Length];
        long[] starts = new long[requests.Length];
        for (int i = 0; i < requests.Length; i++)
        {
            (_order[i], starts[i]) = (i, requests[i].Start);
        }

        Array.Sort(starts, _order);
        _slots = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)((requests.Length * 3 / 2) + 1))];
        for (int number = 1; number <= requests.Length; number++)
        {
            _slots[SlotOf(this[number].Id)] = number;
        }
    }

    public int Count => _requests.Length;

    /// <param name="number">From 1 to <see cref="Count"/>.</param>
    public ref readonly RequestInfo this[int number] => ref _requests[_order[number - 1]];

    /// <returns>0 when it is none of them.</returns>
    public int NumberOf(RequestId id) => _slots[SlotOf(id)];

    /// <summary>Where the request is, or would be: some slots are always free.</summary>
    private int SlotOf(RequestId id)
    {
        int mask = _slots.Length - 1;
        int slot = id.GetHashCode() & mask;
        while (_slots[slot] is var number and not 0 && this[number].Id != id)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }
}
