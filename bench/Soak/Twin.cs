using System.Diagnostics;

namespace SelfProfiler.Bench.Soak;

/// <summary>A child process that works until it is told to stop and answers with a reading when asked.</summary>
internal sealed class Twin
{
    private readonly Process _process;
    private readonly SessionCounter _sessions;

    public Twin(string mode)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Twin).Assembly.Location);
        }

        start.ArgumentList.Add("--child");
        start.ArgumentList.Add(mode);
        _process = Process.Start(start)!;
        _sessions = new SessionCounter(_process.Id);
    }

    public Reading Read(double seconds)
    {
        _process.StandardInput.WriteLine("read");
        _process.StandardInput.Flush();
        return Reading.Parse(seconds, _sessions.Begun, _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The child has ended."));
    }

    public void Stop()
    {
        _sessions.Dispose();
        _process.StandardInput.Close();
        _process.WaitForExit(TimeSpan.FromSeconds(10));
    }
}
