using System.Diagnostics;

namespace SelfProfiler.TestKit;

/// <summary>A program started by a test: its output by lines, an end with a deadline, nothing left behind.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];

    private ChildProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>Standard output and standard error so far, in the order of arrival.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public static ChildProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Repository.Root,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Exit code and all output; a program that misses the deadline is killed and fails the test.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        TimeSpan? deadline = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? directory = null)
    {
        await using var child = Start(program, arguments, environment, directory);
        child.Input.Close();
        await child.WaitForExitAsync(deadline ?? TimeSpan.FromMinutes(1));
        return (child.ExitCode, child.Output);
    }

    /// <summary>Waits for a line that contains the text.</summary>
    public async Task<string> WaitForLineAsync(string text, TimeSpan? deadline = null)
    {
        string? found = null;
        await Eventually.Until(() => (found = Find(text)) is not null || HasExited, deadline, $"a line with «{text}» in:\n{Output}");
        return found ?? Find(text) ?? throw new InvalidOperationException($"Ended with {ExitCode} before «{text}»:\n{Output}");
    }

    public async Task WaitForExitAsync(TimeSpan deadline)
    {
        using var source = new CancellationTokenSource(deadline);
        try
        {
            await _process.WaitForExitAsync(source.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw new TimeoutException($"Still running after {deadline.TotalSeconds:0.#} s:\n{Output}");
        }
    }

    /// <summary>Asks for an orderly end, as a container's host does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Id}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private string? Find(string text)
    {
        lock (_lines)
        {
            return _lines.Find(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }
}
