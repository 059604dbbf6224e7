using System.Runtime.InteropServices;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>Two connected sockets: one for the code under test, one for the test.</summary>
internal sealed unsafe partial class SocketPair : IDisposable
{
    private int _far;

    public SocketPair()
    {
        int* both = stackalloc int[2];
        Assert.Equal(0, Pair(1, 1, 0, both));
        Near = both[0];
        _far = both[1];
    }

    /// <summary>Whoever gets it closes it.</summary>
    public int Near { get; }

    public void Write(params ReadOnlySpan<byte> bytes) => Assert.Equal(bytes.Length, Posix.Send(_far, bytes));

    /// <summary>Writes until the other side closes.</summary>
    public void Flood()
    {
        byte[] bytes = new byte[16 * 1024];
        while (Posix.Send(_far, bytes) > 0)
        {
        }
    }

    /// <summary>True when the other side has closed its end.</summary>
    public bool FarSideIsClosed()
    {
        byte one;
        return Posix.ReceiveNow(_far, &one, 1) == 0;
    }

    public void Close()
    {
        if (_far >= 0)
        {
            _ = Posix.Close(_far);
            _far = -1;
        }
    }

    public void Dispose() => Close();

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int Pair(int family, int type, int protocol, int* both);
}
