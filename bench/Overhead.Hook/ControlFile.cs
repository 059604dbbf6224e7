namespace SelfProfiler.Bench.Overhead.Hook;

/// <summary>Obeys a file: each new content is an order, answered in a file beside it.</summary>
internal sealed class ControlFile(string path)
{
    private readonly TraceLogPeer _peer = new();
    private string _done = "";

    public void Start() => new Thread(Loop) { IsBackground = true, Name = "overhead control" }.Start();

    private void Loop()
    {
        while (true)
        {
            Thread.Sleep(50);
            try
            {
                var order = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
                if (order.Length > 0 && order != _done)
                {
                    _done = order;
                    File.WriteAllText(path + ".answer", $"{order} {Obey(order.Split(' ')[1])}");
                }
            }
            catch (IOException)
            {
                // The other side is writing: the next look finds it complete.
            }
        }
    }

    /// <summary>An order is a number, so that the same one can be given twice, and a word; <c>gaps:4000</c> and <c>threads:300</c> have a number of their own.</summary>
    private string Obey(string word)
    {
        var number = int.TryParse(word.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        switch (word.Split(':')[0])
        {
            case "gaps":
                return GapDetector.Run(TimeSpan.FromMilliseconds(number));
            case "threads":
                return GapDetector.CreateThreads(number);
            case "start":
                _peer.Start();
                return "started";
            case "stop":
                _peer.Stop();
                return "stopped";
            case "collect":
                for (var i = 0; i < 3; i++)
                {
                    GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    GC.WaitForPendingFinalizers();
                }

                return GC.GetTotalMemory(false).ToString(System.Globalization.CultureInfo.InvariantCulture);
            case "allocated":
                return $"{GC.GetTotalAllocatedBytes(precise: false)} {GC.GetTotalPauseDuration().TotalMilliseconds}";
            default:
                return "unknown";
        }
    }
}
