using SelfProfiler.Serve;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

/// <summary>One table of path, parameters, status and headers, for the handler and for both fronts.</summary>
public static class PprofContract
{
    private const string Binary = PprofResponse.Binary;
    private const string Text = PprofResponse.Text;
    private const string Html = "text/html; charset=utf-8";
    private const string Json = "application/json";

    // Path and query, status, content type, file name ("" for none), beginning of the body.
    public static TheoryData<string, int, string, string, string> Answers => new()
    {
        { "/", 200, Html, "", "<!DOCTYPE html>" },
        { "/?debug=1", 200, Html, "", "<!DOCTYPE html>" },
        { "/profile", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=5", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=5&debug=1", 200, Text, "", "" },
        { "/wall?seconds=2&all_threads=1&ticks&native=true", 200, Binary, "wall", "\u001f" },
        { "/allocs", 200, Binary, "allocs", "\u001f" },
        { "/allocs?seconds=1", 200, Binary, "allocs-delta", "\u001f" },
        { "/allocs?debug=1", 200, Text, "", "heap profile: " },
        { "/heap?gc=1", 200, Binary, "heap", "\u001f" },
        { "/heap?debug=1", 200, Text, "", "heap profile: " },
        { "/mutex", 200, Binary, "mutex", "\u001f" },
        { "/mutex?debug=1", 200, Text, "", "--- mutex:" },
        { "/block?seconds=3", 200, Binary, "block-delta", "\u001f" },
        { "/block?debug=1", 200, Text, "", "--- contention:" },
        { "/exceptions", 200, Binary, "exceptions", "\u001f" },
        { "/threads", 200, Binary, "threads", "\u001f" },
        { "/threads?debug=1", 200, Text, "", "threads profile: total " },
        { "/threads?debug=2", 200, Text, "", "thread 1 [" },
        { "/goroutine", 200, Binary, "goroutine", "\u001f" },
        { "/goroutine?debug=1", 200, Text, "", "goroutine profile: total " },
        { "/goroutine?debug=2", 200, Text, "", "goroutine 1 [" },
        { "/profile?seconds=1&format=pprof", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=1&format=folded", 200, Text, "profile.folded", "" },
        { "/allocs?format=folded", 200, Text, "allocs.folded", "" },
        { "/mutex?seconds=1&format=speedscope", 200, Json, "mutex-delta.speedscope.json", "{" },
        { "/trace", 200, Binary, "trace", "Nettrace" },
        { "/trace?seconds=0.5", 200, Binary, "trace", "Nettrace" },
        { "/cmdline", 200, Text, "", "" },
        { "/symbol?0x1+0x2", 200, Text, "", "num_symbols: 1\n" },
        { "/status", 200, Text, "", "cpu source: kernel\n" },
        { "/profile?unknown=%zz&seconds=1", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=", 200, Binary, "profile", "\u001f" },
        { "/profile?seconds=7&seconds=abc", 200, Binary, "profile", "\u001f" },
    };

    // Path and query, status, a part of the sentence.
    public static TheoryData<string, int, string> Refusals => new()
    {
        { "/nothing", 404, "Unknown profile" },
        { "/Profile", 404, "Unknown profile" },
        { "/profile/", 404, "Unknown profile" },
        { "/../cmdline", 404, "Unknown profile" },
        { "/threadcreate", 404, "threads" },
        { "/ui", 501, "go tool pprof" },
        { "/profile?seconds=0", 400, "positive integer" },
        { "/profile?seconds=-1", 400, "positive integer" },
        { "/profile?seconds=abc", 400, "positive integer" },
        { "/profile?seconds=1.5", 400, "positive integer" },
        { "/profile?seconds=99999999999", 400, "positive integer" },
        { "/profile?seconds=301", 400, "at most 300" },
        { "/trace?seconds=301", 400, "at most 300" },
        { "/trace?seconds=NaN", 400, "positive number" },
        { "/trace?seconds=0", 400, "positive number" },
        { "/allocs?seconds=x", 400, "positive integer" },
        { "/allocs?seconds=1&debug=1", 400, "seconds and debug params are incompatible" },
        { "/threads?seconds=1", 400, "not supported for this profile type" },
        { "/goroutine?seconds=1", 400, "not supported for this profile type" },
        { "/profile?debug=x", 400, "debug" },
        { "/heap?gc=yes", 400, "gc" },
        { "/profile?format=xml", 400, "format" },
        { "/profile?format=folded&debug=1", 400, "debug" },
        { "/profile?format=svg", 501, "svg" },
        { "/profile?format=html", 501, "html" },
        { "/profile?trace_id=xyz", 400, "32 hexadecimal" },
        { "/profile?trace_id=00000000000000000000000000000000", 400, "32 hexadecimal" },
        { "/profile?span_id=4bf92f3577b34da6a3ce929d0e0e4736", 400, "16 hexadecimal" },
        { "/profile?min_duration=5", 400, "500ms" },
        { "/profile?min_duration=-5s", 400, "500ms" },
        { "/profile?label=tenant", 400, "colon" },
        { "/profile?label=:x", 400, "colon" },
        { "/profile?all_threads=maybe", 400, "all_threads" },
        { "/profile?route=%zz", 400, "percent-encoded" },
        { "/profile?route=%00", 400, "percent-encoded" },
        { "/profile?route=%ff", 400, "percent-encoded" },
        { "/profile?from=yesterday", 400, "moment" },
        { "/profile?to=now", 400, "from" },
        { "/profile?from=-1m&seconds=3", 400, "seconds" },
        { "/profile?from=now", 400, "before" },
        { "/profile?base_from=-5m", 400, "from" },
        { "/profile?from=-1m", 501, "seconds" },
        { "/profile?from=-5m&to=-1m&base_from=-10m&base_to=-5m", 501, "seconds" },
        { "/allocs?trace_id=4bf92f3577b34da6a3ce929d0e0e4736", 400, "seconds" },
        { "/mutex?min_duration=1s", 400, "seconds" },
    };

    // Path, verb, verbs that are allowed.
    public static TheoryData<string, string, string> Verbs => new()
    {
        { "/profile", "PUT", "GET, HEAD, POST" },
        { "/", "DELETE", "GET, HEAD" },
        { "/symbol", "PUT", "GET, HEAD, POST" },
        { "/off", "GET", "POST" },
        { "/on", "HEAD", "POST" },
        { "/nothing", "PATCH", "GET, HEAD" },
    };
}
