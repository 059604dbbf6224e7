using System.Runtime.InteropServices;

namespace SelfProfiler.Labels;

/// <summary>Gives out the slots of a <see cref="RequestTable"/> in turn, several in a row to each thread. Any thread.</summary>
/// <remarks>Every request writes its slot several times: where neighbouring slots belong to several processors, each of these writes would have to wait
/// for the others' caches.</remarks>
internal sealed class SlotQueue(int max)
{
    private const int MostTaken = 16;

    private static int _queues;

    [ThreadStatic]
    private static Taken _own;

    private readonly int _number = Interlocked.Increment(ref _queues);
    private readonly int _perTaking = Math.Clamp(max / 64, 1, MostTaken);
    private Shared _shared;

    /// <summary>Slots taken so far, those included that a thread has not claimed yet.</summary>
    public long Tickets => Interlocked.Read(ref _shared.Tickets);

    /// <summary>One of the thread's own, or the first of those it takes now.</summary>
    public int Next()
    {
        ref var own = ref _own;
        if (own.Left == 0 || own.Queue != _number || Tickets - own.Ticket > max / 2)
        {
            Take(ref own); // what it had left, where others have long gone on, would soon be the newest requests'
        }

        own.Left--;
        return own.Slot++;
    }

    private void Take(ref Taken own)
    {
        long ticket = Interlocked.Add(ref _shared.Tickets, _perTaking) - _perTaking;
        own = new Taken { Queue = _number, Ticket = ticket, Slot = (int)(ticket % max), Left = (int)Math.Min(_perTaking, max - (ticket % max)) };
    }

    /// <summary>What all threads write, in a cache line that nothing else is read from.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 136)]
    private struct Shared
    {
        [FieldOffset(64)]
        public long Tickets;
    }

    /// <summary>What a thread has taken of a queue and not claimed yet.</summary>
    private struct Taken
    {
        public int Queue;
        public int Left;
        public int Slot;
        public long Ticket;
    }
}
