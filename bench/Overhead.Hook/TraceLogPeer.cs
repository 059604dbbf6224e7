using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;

namespace SelfProfiler.Bench.Overhead.Hook;

/// <summary>What one would build otherwise: a session of the runtime's sampler in the process itself, read through TraceEvent's live log, stacks resolved.</summary>
internal sealed class TraceLogPeer
{
    private EventPipeSession? _session;
    private long _frames;

    public void Start()
    {
        var client = new DiagnosticsClient(Environment.ProcessId);
        _session = client.StartEventPipeSession(
            [
                new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, 0x8 | 0x10 | 0x20 | 0x20000),
                new EventPipeProvider("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational),
            ],
            requestRundown: false);
        var session = _session;
        new Thread(() => Read(session)) { IsBackground = true, Name = "tracelog" }.Start();
    }

    public void Stop()
    {
        _session?.Stop();
        _session = null;
    }

    private void Read(EventPipeSession session)
    {
        using var source = TraceLog.CreateFromEventPipeSession(session);
        source.AllEvents += data =>
        {
            for (var stack = data.CallStack(); stack is not null; stack = stack.Caller)
            {
                _frames += stack.CodeAddress.FullMethodName.Length > 0 ? 1 : 0;
            }
        };
        source.Process();
        session.Dispose();
    }
}
