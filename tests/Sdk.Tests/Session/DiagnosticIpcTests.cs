using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class DiagnosticIpcTests : IDisposable
{
    private readonly FakeRuntime _runtime = new();
    private readonly DiagnosticIpc _ipc;

    public DiagnosticIpcTests() => _ipc = new DiagnosticIpc(_runtime.Socket);

    public void Dispose() => _runtime.Dispose();

    [Fact]
    public void A_session_starts_and_stops()
    {
        var answer = Start();
        Assert.Null(answer.Failure);
        Assert.Equal(1, _runtime.OpenSessions);
        Assert.Null(_ipc.Stop(answer.Session, Soon()));
        Assert.Equal(0, _runtime.OpenSessions);
        Assert.Equal(0, Posix.Close(answer.Descriptor));
        Assert.True(_ipc.FiltersEvents);
    }

    [Theory]
    [InlineData(IpcMessage.CollectTracing4, new byte[] { 6, 5, 5 })]
    [InlineData(IpcMessage.CollectTracing2, new byte[] { 6, 5, 3, 3 })]
    public void An_older_runtime_gets_the_newest_command_it_knows_and_is_not_asked_again(byte newest, byte[] commands)
    {
        _runtime.Newest = newest;
        Assert.Null(Start().Failure);
        Assert.Null(Start().Failure);
        Assert.Equal(commands, _runtime.Commands);
        Assert.False(_ipc.FiltersEvents);
    }

    [Fact]
    public void A_runtime_that_knows_none_is_not_supported()
    {
        _runtime.Newest = 2;
        var failure = Start().Failure!;
        Assert.Equal((FailureReason.NotSupported, true), (failure.Reason, failure.IsFinal));
    }

    [Fact]
    public void A_full_runtime_says_what_to_do()
    {
        _runtime.Full = true;
        var failure = Start().Failure!;
        Assert.Equal((FailureReason.Refused, false), (failure.Reason, failure.IsFinal));
        Assert.Contains("64 sessions", failure.Sentence);
    }

    [Fact]
    public void A_silent_runtime_costs_the_deadline_and_no_more()
    {
        _runtime.Silent = true;
        Assert.Equal(FailureReason.TimedOut, _ipc.Start(SessionDefinition.Waits, new Deadline(TimeSpan.FromMilliseconds(50))).Failure!.Reason);
    }

    [Fact]
    public async Task A_deadline_can_be_brought_forward_from_another_thread()
    {
        _runtime.Silent = true;
        var deadline = new Deadline(TimeSpan.FromMinutes(10));
        var start = Task.Run(() => _ipc.Start(SessionDefinition.Waits, deadline));
        deadline.Shorten(0);
        Assert.Equal(FailureReason.TimedOut, (await start.WaitAsync(TimeSpan.FromSeconds(10))).Failure!.Reason);
    }

    [Fact]
    public void A_foreign_answer_is_refused()
    {
        _runtime.Babbles = true;
        Assert.Equal(FailureReason.Protocol, Start().Failure!.Reason);
    }

    [Fact]
    public void Nobody_listening_is_told_apart()
    {
        string path = _runtime.Socket.Path!;
        _runtime.Dispose();
        Assert.Equal(FailureReason.ConnectFailed, Start().Failure!.Reason);
        var directory = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        Assert.Equal(FailureReason.ConnectFailed, Start().Failure!.Reason);
        directory.Delete(recursive: true);
    }

    private StartAnswer Start() => _ipc.Start(SessionDefinition.Waits, Soon());

    private static Deadline Soon() => new(TimeSpan.FromSeconds(10));
}
