using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace SelfProfiler.TestKit;

/// <summary>Lets the test assemblies of a clone run one after another: <c>dotnet test</c> starts them together, and tests that compare with clocks need the machine for themselves.</summary>
/// <remarks>An assembly fixture: held from before the first test until after the last. The system frees the lock when a process dies.</remarks>
public sealed class OneAssemblyAtATime : IAsyncLifetime
{
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(15);

    private FileStream? _lock;

    public async ValueTask InitializeAsync()
    {
        var clone = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Repository.Root)), 0, 8);
        var path = Path.Combine(Path.GetTempPath(), $"selfprofiler-tests-{clone}.lock");
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return;
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < _longest)
            {
                await Task.Delay(50);
            }
        }
    }

    public ValueTask DisposeAsync() => _lock?.DisposeAsync() ?? ValueTask.CompletedTask;
}
