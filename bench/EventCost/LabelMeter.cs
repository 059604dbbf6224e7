using System.Diagnostics;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;

namespace SelfProfiler.EventCost;

/// <summary>What recording labels costs the application's thread, with the labels off and on in alternation. Frames mean nothing here.</summary>
internal static class LabelMeter
{
    private const int Batches = 50;
    private const int Batch = 400;

    private static ExecutionContext _outside = null!;
    private static ExecutionContext _inside = null!;

    /// <summary>What is counted as one, and how many of it each call makes.</summary>
    public static IReadOnlyList<(string Name, int Each, Action Work)> Kinds { get; } =
    [
        ("label-turn", 2, Turn),
        ("label-span", 1, Span),
        ("label-request", 1, Request),
    ];

    public static List<Round> Measure(int each, Action work, int rounds)
    {
        _outside = ExecutionContext.Capture()!;
        var result = new List<Round>();
        // The first twenty compile it all.
        for (var i = -20; i < rounds; i++)
        {
            // Each round begins with empty tables.
            var labels = new LabelEngine(new LabelOptions());
            labels.Start();
            var on = Cpu(labels, work);
            labels.Stop();
            var off = Cpu(labels, work);
            if (i >= 0)
            {
                result.Add(new Round(0, (long)Batches * Batch * each, off / (Batches * Batch * each), on / (Batches * Batch * each)));
            }
        }

        return result;
    }

    /// <summary>Another flow comes onto the thread.</summary>
    private static void Turn()
    {
        ExecutionContext.Restore(_inside);
        ExecutionContext.Restore(_outside);
    }

    /// <summary>An activity starts and stops within a request.</summary>
    private static void Span() => new Activity("span").Start().Stop();

    private static void Request()
    {
        // On a thread that works for nobody, as the server's threads are between requests.
        new Activity("request").Start().Stop();
    }

    private static double Cpu(LabelEngine labels, Action work)
    {
        double cpu = 0;
        var request = new Activity("request").Start();
        _inside = ExecutionContext.Capture()!;
        if (work != Span)
        {
            request.Stop();
        }

        for (var i = 0; i < Batches; i++)
        {
            var before = Libc.ThreadCpuNs();
            for (var j = 0; j < Batch; j++)
            {
                work();
            }

            cpu += Libc.ThreadCpuNs() - before;
            labels.Timeline.Drain(Clock.Now); // the pump's work, and its time
        }

        request.Stop();
        return cpu;
    }
}
