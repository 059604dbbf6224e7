using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>What <c>dotnet-trace collect</c> does with its default profile: the same session, read from another process and thrown away.</summary>
internal sealed class AttachedVariant() : Variant(
    "dotnet-trace", "external session with the providers of dotnet-trace collect", ("ContinuousProfiling__Enabled", "false"))
{
    private const long DefaultKeywords = 0x14C14FCCBD;

    // By process: side by side there are two, and they are switched at the same time.
    private readonly ConcurrentDictionary<int, (EventPipeSession Session, Thread Reader)> _running = new();

    public override void Switch(ChildServer child, string directory, bool on)
    {
        if (on && !_running.ContainsKey(child.Id))
        {
            var session = new DiagnosticsClient(child.Id).StartEventPipeSession(
                [
                    new EventPipeProvider("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational),
                    new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, DefaultKeywords),
                ]);
            var reader = new Thread(() => session.EventStream.CopyTo(Stream.Null)) { IsBackground = true };
            reader.Start();
            _running[child.Id] = (session, reader);
        }
        else if (!on && _running.TryRemove(child.Id, out var running))
        {
            running.Session.Stop();
            running.Reader.Join();
            running.Session.Dispose();
        }
    }
}
