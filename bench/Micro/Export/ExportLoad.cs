using SelfProfiler.Exporter.Series;
using SelfProfiler.TestKit;

namespace SelfProfiler.Bench.Micro.Export;

/// <summary>What is exported: rows over a tenth as many stacks of 30 frames; 20 routes, 1,000 traces. Every row is different.</summary>
internal static class ExportLoad
{
    private const int Routes = 20;
    private const int Traces = 1_000;

    private static readonly ProfileSource _source = new("shop", "1.2.3", "bench", "host-1", "instance-1", "abc123");

    /// <param name="samples">Rows.</param>
    /// <param name="mixed">Every stack under half of the routes, which series repeat; otherwise each stack belongs to one route, as handlers do.</param>
    public static ProfileExport Make(int samples, bool mixed)
    {
        var stacks = samples / 10;
        var data = SyntheticProfile.Large(ProfileKind.Cpu, samples, stacks).Build().Data;
        var sets = new KeyValuePair<string, string>[Traces + 1][];
        sets[0] = [];
        for (var trace = 0; trace < Traces; trace++)
        {
            sets[trace + 1] = [new("route", $"/area/{trace % Routes}/{{id}}"), new("span_id", $"{trace + 1:x16}"), new("trace_id", $"{trace + 1:x32}")];
        }

        var rows = new ProfileSample[samples];
        for (var i = 0; i < samples; i++)
        {
            var (stack, turn) = (i % stacks, i / stacks);
            var trace = mixed ? ((turn * 97) + stack) % Traces : (stack % Routes) + (Routes * (((turn * 7) + (stack / Routes)) % (Traces / Routes)));
            rows[i] = data.Samples[i] with { LabelSet = trace + 1 };
        }

        return new ProfileExport(new Profile(data.With(rows, sets, start: DateTimeOffset.UtcNow)), _source, 0);
    }
}
