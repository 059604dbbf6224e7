using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SelfProfiler.Bench.Overhead.Load;

namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>The measured program: started with its own settings and directory, asked until it answers, ended without leaving anything behind.</summary>
internal sealed class ChildServer : IDisposable
{
    /// <summary>The collector's settings where memory is compared: how much it keeps must not depend on how it felt about the machine.</summary>
    public static IReadOnlyList<(string Name, string Value)> FixedCollector { get; } =
        [("DOTNET_gcConcurrent", "0"), ("DOTNET_GCgen0size", "0x400000"), ("DOTNET_TieredPGO", "0")];

    private readonly Process _process;
    private readonly DirectoryInfo _directory;

    private ChildServer(Process process, DirectoryInfo directory, IPEndPoint address)
    {
        _process = process;
        _directory = directory;
        Address = address;
        Clock = new ProcessClock(process.Id);
        Control = new HookControl(Path.Combine(directory.FullName, "control"));
    }

    public IPEndPoint Address { get; }

    public int Id => _process.Id;

    /// <summary>Its own: content root, control file.</summary>
    public string Directory => _directory.FullName;

    public ProcessClock Clock { get; }

    public HookControl Control { get; }

    /// <summary>From the start of the process to the first answer.</summary>
    public TimeSpan StartTook { get; private set; }

    public static ChildServer Start(Options options, Variant variant, bool fixedCollector)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("overhead-");
        var address = new IPEndPoint(IPAddress.Loopback, FreePort());
        var start = new ProcessStartInfo(options.Command[0], options.Command.Skip(1).Concat(variant.Arguments)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["ASPNETCORE_URLS"] = $"http://{address}";
        start.Environment["ASPNETCORE_CONTENTROOT"] = directory.FullName;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "Overhead.Hook.dll");
        start.Environment["OVERHEAD_CONTROL"] = Path.Combine(directory.FullName, "control");
        start.Environment["OVERHEAD_BLOCKED_THREADS"] = $"{options.BlockedThreads}";
        start.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in fixedCollector ? FixedCollector : [])
        {
            start.Environment[name] = value;
        }

        foreach (var (name, value) in variant.Environment)
        {
            start.Environment[name] = value;
        }

        variant.Prepare(directory.FullName);
        var watch = Stopwatch.GetTimestamp();
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{options.Command[0]} did not start.");
        var output = new Output(process);
        var child = new ChildServer(process, directory, address);
        child.WaitUntilItAnswers(options.Paths[0], output);
        child.StartTook = Stopwatch.GetElapsedTime(watch);
        return child;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Process.Start("kill", ["-TERM", $"{_process.Id}"]).WaitForExit();
            if (!_process.WaitForExit(10_000))
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private void WaitUntilItAnswers(string path, Output output)
    {
        var request = HttpConnection.Request(path, Address);
        for (var start = Stopwatch.GetTimestamp(); ; Thread.Sleep(2))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(60))
            {
                throw new InvalidOperationException($"The program does not answer at {Address}{path}:\n{output.Text}");
            }

            try
            {
                using var connection = new HttpConnection(Address);
                if (connection.Send(request) is >= 200 and < 300)
                {
                    return;
                }
            }
            catch (SocketException)
            {
                // Not yet listening.
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Keeps the pipes empty, and the last words for an error message.</summary>
    private sealed class Output
    {
        private readonly Queue<string> _lines = new();

        public Output(Process process)
        {
            process.OutputDataReceived += (_, line) => Add(line.Data);
            process.ErrorDataReceived += (_, line) => Add(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public string Text
        {
            get
            {
                lock (_lines)
                {
                    return string.Join('\n', _lines);
                }
            }
        }

        private void Add(string? line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line ?? "");
                if (_lines.Count > 50)
                {
                    _lines.Dequeue();
                }
            }
        }
    }
}
