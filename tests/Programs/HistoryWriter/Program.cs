// Writes window after window into a directory, for a test that kills it. Argument: the directory.
// Each line it prints is the number of a window that is written.
using SelfProfiler;
using SelfProfiler.Aggregate;
using SelfProfiler.History;
using SelfProfiler.Hosting;
using SelfProfiler.Sdk.Tests.History;
using SelfProfiler.Symbolize;

var disk = new DiskHistory(
    new EngineSettings(new ContinuousProfilingOptions { History = new HistoryOptions { Directory = args[0] } }),
    key => new Frame(key.Synthetic ?? "?", "Shop.cs", 1, "Shop", 1),
    frame => frame,
    () => { },
    new LabelTexts(_ => null, route => "/route" + route, _ => []));
using var output = Console.OpenStandardOutput();
for (int i = 0; ; i++)
{
    disk.Append(Windows.Of(i, 200 + (i % 5 * 100)));
    if (disk.Failures != 0)
    {
        throw new InvalidOperationException(disk.Failure);
    }

    output.Write(System.Text.Encoding.ASCII.GetBytes($"{i}\n"));
}
