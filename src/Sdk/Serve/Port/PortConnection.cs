using System.Net;
using System.Net.Sockets;

namespace SelfProfiler.Serve.Port;

/// <summary>One connection: reads requests, has them answered in their order, and ends with the first thing that is not beyond doubt.</summary>
internal sealed class PortConnection
{
    private const int Busy = 0;
    private const int Idle = 1;
    private const int Ended = 2;

    private readonly PortContext _port;
    private readonly Socket _socket;
    private readonly EndPoint? _peer;
    private readonly bool _chosenAddress;
    private readonly PortInput _input;
    private readonly HttpRequestReader _reader;
    private readonly PortAnswers _answers;

    // Idle is set and left by the worker; whoever moves it to Ended closes the connection.
    private int _state = Busy;

    // Read by others while it is Idle: half a new value only makes somebody else give way.
    private Deadline _idleSince;
    private int _requests;

    public PortConnection(PortContext port, Socket socket, EndPoint? peer, bool chosenAddress)
    {
        _port = port;
        _socket = socket;
        _peer = peer;
        _chosenAddress = chosenAddress;
        _input = new PortInput(socket, port.Limits);
        _reader = new HttpRequestReader(_input, port.Limits);
        _answers = new PortAnswers(port, new PortOutput(socket, port.Limits));
    }

    /// <summary>Serves the connection on the calling thread until it ends.</summary>
    public void Run()
    {
        try
        {
            while (Next())
            {
            }
        }
        catch (ClientGoneException gone)
        {
            Count(gone);
            Abort();
        }
        catch (ObjectDisposedException)
        {
            // Closed by Stop.
        }
        catch (Exception)
        {
            _port.Counters.AddFault();
            Abort();
        }
        finally
        {
            Volatile.Write(ref _state, Ended);
        }
    }

    /// <summary>Closes the connection if no request is under way on it. Any thread.</summary>
    /// <param name="age">Only if it has been idle for so long.</param>
    public bool TryGiveWay(TimeSpan age)
    {
        if (Volatile.Read(ref _state) != Idle || _idleSince.Age < age || Interlocked.CompareExchange(ref _state, Ended, Idle) != Idle)
        {
            return false;
        }

        Unblock();
        return true;
    }

    /// <summary>Answers that there is no room, and closes. Never waits: the listener's thread calls it.</summary>
    public void Refuse()
    {
        try
        {
            _ = _socket.Send(PortAnswers.Full(), SocketFlags.None, out _);
            _port.Watch.Linger(_socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _socket.Dispose();
        }
    }

    /// <summary>Closes at once, answered or not. Any thread.</summary>
    public void Abort()
    {
        try
        {
            // A reset: nobody takes an answer that ends early for a whole one.
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already closed by the other end.
        }

        _socket.Dispose();
    }

    /// <returns>Whether another request may follow.</returns>
    private bool Next()
    {
        if (!WaitForRequest())
        {
            return false;
        }

        var deadline = Deadline.After(_port.Limits.Request);
        var fault = _reader.ReadHead(deadline, out var head);
        AdmittedRequest? admitted = null;
        var unread = false;
        if (fault is null && head is not null)
        {
            admitted = PortAnswers.RequestOf(head, AccessOf(head)) is { } request ? _port.Handler.Admit(request) : null;
            unread = head.HasBody && admitted is not { Allowed: true }; // nothing is kept for whoever is turned away
            if (head.HasBody && !unread)
            {
                _answers.Continue(head);
                fault = _reader.ReadBody(head, deadline, out var body);
                (admitted, head) = (admitted!.WithBody(body), body is null ? null : head);
            }
        }

        if (fault is not null)
        {
            _answers.Fault(fault);
            _port.Watch.Linger(_socket);
            return false;
        }

        if (head is null)
        {
            Close();
            return false;
        }

        return Answer(head, admitted, unread);
    }

    private AccessFacts AccessOf(HttpHead head) =>
        AccessFacts.Collect(PprofFront.DiagnosticsPort, _peer, head.Headers) with { ChosenAddress = _chosenAddress };

    private bool Answer(HttpHead head, AdmittedRequest? admitted, bool unread)
    {
        _port.Counters.AddRequest();
        _requests++;
        var keepAlive = !unread && head.KeepAlive && _requests < _port.Limits.RequestsPerConnection;
        using (var watched = _port.Watch.Begin(_socket))
        {
            keepAlive = _answers.Answer(head, admitted, keepAlive, watched.Token);
        }

        if (!keepAlive)
        {
            _port.Watch.Linger(_socket);
        }

        return keepAlive;
    }

    /// <summary>A new connection has to speak soon, a used one may rest; both give way to others.</summary>
    private bool WaitForRequest()
    {
        if (!_input.IsEmpty)
        {
            return true;
        }

        _idleSince = Deadline.After(Patience());
        Volatile.Write(ref _state, Idle);
        var outcome = _port.Workers.Stopping ? PortInput.Outcome.Closed : _input.Wait(_idleSince);
        var gaveWay = Interlocked.CompareExchange(ref _state, Busy, Idle) != Idle;
        if (!gaveWay && outcome == PortInput.Outcome.Got)
        {
            return true;
        }

        // A used connection may end at any time; who has not been answered yet is told why not.
        if (_requests == 0 && gaveWay && !_port.Workers.Stopping)
        {
            Refuse();
        }
        else if (_requests == 0 && outcome == PortInput.Outcome.TooSlow)
        {
            _answers.Fault(HttpFault.TooSlow);
            _port.Watch.Linger(_socket);
        }
        else
        {
            Close();
        }

        return false;
    }

    private TimeSpan Patience()
    {
        var (patience, crowded) = _requests == 0
            ? (_port.Limits.Request, _port.Limits.GivesWayAfter)
            : (_port.Limits.Idle, TimeSpan.Zero);
        return _port.Workers.OthersWait && crowded < patience ? crowded : patience;
    }

    private void Count(ClientGoneException gone)
    {
        if (gone.Slow)
        {
            _port.Counters.AddTooSlow();
        }
        else
        {
            _port.Counters.AddGone();
        }
    }

    private void Close() => _socket.Dispose();

    /// <summary>Wakes the worker that waits for this connection; the worker closes it.</summary>
    private void Unblock()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already closed by the other end: the worker knows.
        }
    }
}
