using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>Time in which the runtime held all managed threads, told by the runtime itself: for collections, and for anything else.</summary>
internal sealed class SuspensionProbe
{
    private double _began = -1;
    private bool _forGc;

    public double GcMs { get; private set; }

    public double OtherMs { get; private set; }

    public double LongestOtherMs { get; private set; }

    /// <summary>Listens for as long as the action runs.</summary>
    public static SuspensionProbe During(int process, Action action)
    {
        var probe = new SuspensionProbe();
        var session = new DiagnosticsClient(process).StartEventPipeSession(
            [new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, (long)ClrTraceEventParser.Keywords.GC)], requestRundown: false);
        var reader = new Thread(() => probe.Read(session));
        reader.Start();
        action();
        session.Stop();
        reader.Join();
        session.Dispose();
        return probe;
    }

    private void Read(EventPipeSession session)
    {
        using var source = new EventPipeEventSource(session.EventStream);
        source.Clr.GCSuspendEEStart += data =>
        {
            _began = data.TimeStampRelativeMSec;
            _forGc = data.Reason is GCSuspendEEReason.SuspendForGC or GCSuspendEEReason.SuspendForGCPrep;
        };
        source.Clr.GCRestartEEStop += data => Ended(data.TimeStampRelativeMSec);
        source.Process();
    }

    private void Ended(double now)
    {
        if (_began < 0)
        {
            return;
        }

        var length = now - _began;
        _began = -1;
        if (_forGc)
        {
            GcMs += length;
        }
        else
        {
            OtherMs += length;
            LongestOtherMs = Math.Max(LongestOtherMs, length);
        }
    }
}
