using System.Net.Sockets;
using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>A stand-in for the runtime's diagnostics server, with faults to order.</summary>
internal sealed class FakeRuntime : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sp-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Dictionary<ulong, Socket> _sessions = [];
    private readonly List<Socket> _silent = [];
    private readonly List<byte> _commands = [];
    private readonly Thread _thread;
    private ulong _lastSession;
    private volatile bool _disposed;

    public FakeRuntime()
    {
        string path = Path.Combine(_directory.FullName, "dotnet-diagnostic-1-1-socket");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(16);
        Socket = DiagnosticSocket.Find(_directory.FullName, 1, "1");
        _thread = new Thread(Serve) { IsBackground = true, Name = "fake runtime" };
        _thread.Start();
    }

    public DiagnosticSocket Socket { get; }

    /// <summary>The newest command it knows.</summary>
    public byte Newest { get; set; } = IpcMessage.CollectTracing5;

    /// <summary>Refuses starts, as when 64 sessions exist.</summary>
    public volatile bool Full;

    /// <summary>Takes commands and never answers.</summary>
    public volatile bool Silent;

    /// <summary>Never answers a stop.</summary>
    public volatile bool StopHangs;

    /// <summary>Answers with something else.</summary>
    public volatile bool Babbles;

    /// <summary>What it sends when a session stops.</summary>
    public volatile byte[] Rundown = [];

    public byte[] Commands
    {
        get
        {
            lock (_commands)
            {
                return [.. _commands];
            }
        }
    }

    public int OpenSessions
    {
        get
        {
            lock (_sessions)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>Ends every stream, as when the runtime ends a session by itself.</summary>
    public void EndSessions()
    {
        lock (_sessions)
        {
            foreach (var socket in _sessions.Values)
            {
                socket.Dispose();
            }

            _sessions.Clear();
        }
    }

    /// <summary>Writes into every session whose reader is still there, as the runtime does.</summary>
    public void Send(byte[] bytes)
    {
        lock (_sessions)
        {
            foreach (var socket in _sessions.Values)
            {
                _ = socket.Send(bytes, SocketFlags.None, out var error);
                Assert.True(error is SocketError.Success or SocketError.Shutdown, error.ToString());
            }
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _thread.Join();
        _listener.Dispose();
        EndSessions();
        _silent.ForEach(socket => socket.Dispose());
        if (_directory.Exists)
        {
            _directory.Delete(recursive: true);
        }
    }

    private void Serve()
    {
        while (!_disposed)
        {
            if (!_listener.Poll(20_000, SelectMode.SelectRead))
            {
                continue;
            }

            try
            {
                Answer(_listener.Accept());
            }
            catch (SocketException)
            {
                // The other side is gone.
            }
        }
    }

    private void Answer(Socket socket)
    {
        byte[] message = new byte[64 * 1024];
        int length = socket.Receive(message);
        byte command = message[17];
        lock (_commands)
        {
            _commands.Add(command);
        }

        bool stop = command == 1;
        if (Silent || (stop && StopHangs))
        {
            _silent.Add(socket);
        }
        else if (Babbles)
        {
            socket.Send(new byte[40]);
            socket.Dispose();
        }
        else if (stop)
        {
            Stop(socket, BitConverter.ToUInt64(message, 20));
        }
        else if (command > Newest)
        {
            Error(socket, IpcMessage.UnknownCommand);
        }
        else if (Full)
        {
            Error(socket, 0x80004005);
        }
        else
        {
            lock (_sessions)
            {
                _sessions[++_lastSession] = socket;
                socket.Send([.. Header(28, 0), .. BitConverter.GetBytes(_lastSession)]); // before anything of the stream
            }
        }
    }

    private void Stop(Socket socket, ulong session)
    {
        lock (_sessions)
        {
            if (_sessions.Remove(session, out var stream))
            {
                Finish(stream);
            }
        }

        socket.Send([.. Header(28, 0), .. BitConverter.GetBytes(session)]);
        socket.Dispose();
    }

    private void Finish(Socket stream)
    {
        try
        {
            stream.Send(Rundown);
        }
        catch (SocketException)
        {
            // Closed by the reader.
        }
        finally
        {
            stream.Dispose();
        }
    }

    private static void Error(Socket socket, uint code)
    {
        socket.Send([.. Header(24, 0xFF), .. BitConverter.GetBytes(code)]);
        socket.Dispose();
    }

    private static byte[] Header(ushort size, byte command) => [.. "DOTNET_IPC_V1\0"u8, .. BitConverter.GetBytes(size), 0xFF, command, 0, 0];
}
