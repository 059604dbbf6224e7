using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class DiagnosticSocketTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sp-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void This_process_has_one()
    {
        var socket = DiagnosticSocket.OfThisProcess();
        Assert.Null(socket.Failure);
        Assert.True(File.Exists(socket.Path));
    }

    [Fact]
    public void A_leftover_of_an_earlier_process_with_the_same_id_is_not_taken()
    {
        Touch("dotnet-diagnostic-1-100-socket");
        string ours = Touch("dotnet-diagnostic-1-200-socket");
        Assert.Equal(ours, DiagnosticSocket.Find(_directory.FullName, 1, "200").Path);
        Assert.Null(DiagnosticSocket.Find(_directory.FullName, 1, "300").Path);
    }

    [Fact]
    public void Without_a_start_time_the_newest_is_taken()
    {
        File.SetCreationTimeUtc(Touch("dotnet-diagnostic-1-100-socket"), DateTime.UtcNow.AddDays(-1));
        File.SetLastWriteTimeUtc(Path.Combine(_directory.FullName, "dotnet-diagnostic-1-100-socket"), DateTime.UtcNow.AddDays(-1));
        string ours = Touch("dotnet-diagnostic-1-200-socket");
        Assert.Equal(ours, DiagnosticSocket.Find(_directory.FullName, 1, null).Path);
    }

    [Fact]
    public void A_missing_socket_names_the_directory_and_what_to_do()
    {
        var failure = DiagnosticSocket.Find("/does/not/exist", 1, null).Failure!;
        Assert.Equal(FailureReason.NoSocket, failure.Reason);
        Assert.True(failure.IsFinal);
        Assert.Contains("/does/not/exist", failure.Sentence);
        Assert.Contains("TMPDIR", failure.Sentence);
    }

    [Fact]
    public void A_path_too_long_for_a_socket_is_named()
    {
        var deep = _directory.CreateSubdirectory(new string('d', 100));
        File.WriteAllText(Path.Combine(deep.FullName, "dotnet-diagnostic-1-1-socket"), "");
        Assert.Contains("too long", DiagnosticSocket.Find(deep.FullName, 1, "1").Failure!.Sentence);
    }

    [Fact]
    public void The_environment_is_parsed_as_the_kernel_shows_it()
    {
        var variables = InitialEnvironment.Parse("A=1\0B=x=y\0A=2\0C=\0bad\0");
        Assert.Equal(("1", "x=y", "", false), (variables["A"], variables["B"], variables["C"], variables.ContainsKey("bad")));
    }

    private string Touch(string name)
    {
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, "");
        return path;
    }
}
