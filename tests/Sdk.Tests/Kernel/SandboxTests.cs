using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class SandboxTests
{
    private static readonly Sandbox Free = new(Filtered: false, Service: false, Paranoid: 2);

    [Theory]
    [InlineData("Name:\tx\nSeccomp:\t0\nSeccomp_filters:\t0\n", 0)]
    [InlineData("Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n", 2)]
    [InlineData("Name:\tx\n", 0)]
    [InlineData("", 2)]
    [InlineData("Seccomp:\tnonsense\n", 2)]
    public void The_mode_is_read_and_the_careful_answer_taken_for_unknown(string status, int mode) =>
        Assert.Equal(mode, Sandbox.SeccompMode(status));

    [Fact]
    public void Without_a_filter_nothing_is_tried_out() =>
        Assert.Null((Free with { Service = true }).ReasonNotToCall(insist: false, () => throw new InvalidOperationException()));

    [Fact]
    public void Under_systemd_a_filter_is_not_even_tried_out_unless_the_user_insists()
    {
        var service = Free with { Filtered = true, Service = true };
        Assert.Contains("SystemCallFilter=perf_event_open", service.ReasonNotToCall(insist: false, () => throw new InvalidOperationException()));
        Assert.Null(service.ReasonNotToCall(insist: true, () => TrialOutcome.Survives));
        Assert.NotNull(service.ReasonNotToCall(insist: true, () => TrialOutcome.Dies));
    }

    [Fact]
    public void A_filter_that_kills_is_never_called()
    {
        var filtered = Free with { Filtered = true };
        Assert.Null(filtered.ReasonNotToCall(insist: false, () => TrialOutcome.Survives));
        Assert.Contains("kills", filtered.ReasonNotToCall(insist: false, () => TrialOutcome.Dies));
        Assert.Contains("kills", filtered.ReasonNotToCall(insist: true, () => TrialOutcome.Dies));
        Assert.NotNull(filtered.ReasonNotToCall(insist: false, () => TrialOutcome.Unknown));
        Assert.Null(filtered.ReasonNotToCall(insist: true, () => TrialOutcome.Unknown));
    }

    [Fact]
    public void What_the_kernel_permits_is_asked_once()
    {
        var rights = PerfProbe.Run(insist: false, out var reason, out _);
        Assert.SkipWhen(rights is null && Environment.GetEnvironmentVariable("CI") != "true", $"Not permitted here: {reason}");
        Assert.Same(rights, PerfProbe.Run(insist: false, out _, out _));
    }

    [Theory]
    [InlineData(Libc.EPERM, true, 2, "seccomp")]
    [InlineData(Libc.EPERM, false, 2, "CAP_PERFMON")]
    [InlineData(Libc.EACCES, false, 4, "kernel.perf_event_paranoid is 4")]
    [InlineData(Libc.EACCES, false, 2, "SELinux")]
    [InlineData(Libc.ENOSYS, false, 2, "gVisor")]
    [InlineData(Libc.EMFILE, false, 2, "LimitNOFILE")]
    [InlineData(Libc.ENOENT, false, 2, "CONFIG_PERF_EVENTS")]
    [InlineData(99, false, 2, "error 99")]
    public void Every_refusal_says_what_to_do(int error, bool filtered, int paranoid, string expected) =>
        Assert.Contains(expected, PerfProbe.ReasonFor(error, Free with { Filtered = filtered, Paranoid = paranoid }));
}
