using System.Diagnostics;
using System.Runtime.CompilerServices;
using SelfProfiler.Decode;
using SelfProfiler.Session;
using SelfProfiler.Symbolize;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

/// <summary>The whole way: sessions of this process, our reader, the map, names and lines; judged by the runtime's own stack traces.</summary>
public class LiveNamesTests
{
    [Fact]
    public async Task A_running_method_has_its_name_and_its_line()
    {
        using var session = new LiveMethods(rundown: true);
        await Eventually.Until(() => session.Started, TimeSpan.FromSeconds(30), "the session for names");
        var frames = Traces().SelectMany(t => t.GetFrames()).Where(f => f.GetMethod()?.DeclaringType?.FullName?.Contains(nameof(LiveNamesTests), StringComparison.Ordinal) == true && f.GetFileLineNumber() > 0).ToList();
        Assert.True(frames.Count >= 3);

        var symbolizer = new Symbolizer();
        foreach (var frame in frames)
        {
            uint token = (uint)frame.GetMethod()!.MetadataToken;
            await Eventually.Until(() => session.BodyOf(token) is { ILMap: not null, Module.Path.Length: > 0 }, TimeSpan.FromSeconds(30), $"the body of {frame.GetMethod()}");
            var body = session.BodyOf(token)!;
            var resolved = symbolizer.Resolve(new FrameKey(body, body.Start + (ulong)frame.GetNativeOffset(), null), isLeaf: false, nativeFrames: false);
            Assert.Equal(frame.GetFileLineNumber(), resolved.Line);
            Assert.Equal(frame.GetFileName(), resolved.File);
            Assert.Equal("Sdk.Tests", resolved.Module);
        }

        Assert.Null(symbolizer.LastFailure);
    }

    [Fact]
    public async Task A_rundown_names_precompiled_methods_of_the_framework()
    {
        using var session = new LiveMethods(rundown: true);
        await Eventually.Until(() => session.NameOf("System.Threading.Thread", "StartCallback") is not null, TimeSpan.FromSeconds(60), "a precompiled method");

        Assert.Equal("System.Threading.Thread.StartCallback()", session.NameOf("System.Threading.Thread", "StartCallback"));
    }

    [Fact]
    public async Task The_first_call_of_a_precompiled_method_names_it()
    {
        using var session = new LiveMethods();
        await Eventually.Until(() => session.Started, TimeSpan.FromSeconds(30), "the session for names");
        _ = new System.Xml.XmlNamespaceManager(new System.Xml.NameTable()).LookupPrefix("urn:none");

        await Eventually.Until(() => session.NameOf("System.Xml.XmlNamespaceManager", "LookupPrefix") is not null, TimeSpan.FromSeconds(30), "its name");
        Assert.Equal("System.Xml.XmlNamespaceManager.LookupPrefix(string)", session.NameOf("System.Xml.XmlNamespaceManager", "LookupPrefix"));
    }

    [Fact]
    public async Task The_functions_of_images_are_those_the_runtime_lists()
    {
        using var session = new LiveMethods(rundown: true);
        await Eventually.Until(() => session.NameOf("System.Threading.Thread", "StartCallback") is not null, TimeSpan.FromSeconds(60), "the rundown");
        var images = session.Images;
        await Eventually.Until(() => session.Precompiled.Length > 2_000, TimeSpan.FromSeconds(60), "the sizes of precompiled methods");
        using var memory = new ProcessMemory();
        Assert.Null(memory.Failure);
        var functions = new ImageFunctions(memory);
        int found = 0;
        foreach (var (start, size) in session.Precompiled)
        {
            if (images.Contains(start))
            {
                Assert.True(functions.TryFind(images, start, out ulong begin, out ulong end));
                Assert.Equal(start, begin);
                Assert.InRange(end, start + 1, start + size);
                Assert.True(functions.TryFind(images, start + size - 1, out _, out end));
                Assert.Equal(start + size, end);
                found++;
            }
        }

        Assert.True(found > 500, $"{found} precompiled methods");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<StackTrace> Traces()
    {
        var traces = new List<StackTrace>();
        Func<int, StackTrace> lambda = depth =>
        {
            _ = depth.ToString();
            return Generic(depth);
        };
        traces.Add(lambda(1));
        traces.Add(Iterator().Single());
        return traces;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static StackTrace Generic<T>(T item)
    {
        _ = item?.ToString();

        return new StackTrace(fNeedFileInfo: true);
    }

    private static IEnumerable<StackTrace> Iterator()
    {
        yield return new StackTrace(fNeedFileInfo: true);
    }
}
