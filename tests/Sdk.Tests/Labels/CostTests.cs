using System.Diagnostics;
using System.Runtime.CompilerServices;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

/// <summary>What labels cost application threads, in bytes; times are a matter of bench/.</summary>
[Collection(OneTracker.Name)]
public sealed class CostTests(ITestOutputHelper output)
{
    private const int Requests = 1_000;

    private readonly AsyncLocal<object?> _accessor = new();
    private readonly AsyncLocal<object?> _scope = new();

    [Fact]
    public void A_request_costs_at_most_300_bytes()
    {
        long without = BytesOf(Request);
        using var flows = new TrackedFlows(new LabelOptions { MaxRequests = 256 });
        long with = BytesOf(Request);
        output.WriteLine($"{without} bytes without, {with} with labels");
        Assert.InRange(with - without, 0, 300);
    }

    [Fact]
    public void A_request_without_an_activity_costs_at_most_300_bytes()
    {
        using var flows = new TrackedFlows(new LabelOptions { MaxRequests = 256 });
        long with = BytesOf(RequestWithoutActivity);
        output.WriteLine($"{with} bytes");
        Assert.InRange(with, 0, 300);
    }

    [Fact]
    public void A_change_of_threads_allocates_nothing()
    {
        using var flows = new TrackedFlows();
        var apart = ExecutionContext.Capture()!;
        using var request = new Activity("request").Start();
        var inside = ExecutionContext.Capture()!;
        long bytes = BytesOf(() =>
        {
            ExecutionContext.Restore(apart);
            ExecutionContext.Restore(inside);
            ExecutionContext.Restore(apart);
            ExecutionContext.Restore(inside);
        });
        Assert.Equal(0, bytes);
    }

    // As ASP.NET Core has it: other values flow beside ours.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Request()
    {
        _accessor.Value = this;
        using (new Activity("request").Start())
        {
            _scope.Value = this;
            RequestScope.SetRoute("/orders/{id}");
            RequestScope.SetStatus(200);
            _scope.Value = null;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RequestWithoutActivity()
    {
        using (RequestScope.Begin())
        {
            RequestScope.SetRoute("/orders/{id}");
            RequestScope.SetStatus(200);
        }
    }

    /// <summary>On a thread of its own; each run in a fresh flow, as on a server.</summary>
    private static long BytesOf(Action run)
    {
        long bytes = 0;
        var thread = new Thread(() =>
        {
            var fresh = ExecutionContext.Capture()!;
            for (int round = 0; round < 2; round++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < Requests; i++)
                {
                    run();
                    ExecutionContext.Restore(fresh);
                }

                bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Requests;
            }
        });
        thread.UnsafeStart();
        thread.Join();
        return bytes;
    }
}
