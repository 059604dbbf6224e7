using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>What <c>dotnet-trace collect</c> does with its default profile: the same session, read from another process and thrown away.</summary>
internal sealed class AttachedVariant() : Variant(
    "dotnet-trace", "external session with the providers of dotnet-trace collect", ("ContinuousProfiling__Enabled", "false"))
{
    private const long DefaultKeywords = 0x14C14FCCBD;

    private EventPipeSession? _session;
    private Thread? _reader;

    public override void Switch(ChildServer child, string directory, bool on)
    {
        if (on && _session is null)
        {
            var session = new DiagnosticsClient(child.Id).StartEventPipeSession(
                [
                    new EventPipeProvider("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational),
                    new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, DefaultKeywords),
                ]);
            _session = session;
            _reader = new Thread(() => session.EventStream.CopyTo(Stream.Null)) { IsBackground = true };
            _reader.Start();
        }
        else if (!on && _session is not null)
        {
            _session.Stop();
            _reader!.Join();
            _session.Dispose();
            _session = null;
        }
    }
}
