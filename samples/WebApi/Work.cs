using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace WebApi;

/// <summary>Work of known cost, each in a method of its own so that it can be found in a profile.</summary>
internal static class Work
{
    private static readonly ActivitySource Source = new("WebApi");
    private static readonly Lock Contended = new();
    private static readonly ManualResetEvent Never = new(false);
    private static byte[]? _kept;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Burn(double ms)
    {
        long end = Stopwatch.GetTimestamp() + (long)(ms * Stopwatch.Frequency / 1000);
        double x = 1;
        while (Stopwatch.GetTimestamp() < end)
        {
            for (int i = 1; i < 200; i++)
            {
                x = Math.Sqrt(x + i);
            }
        }

        return x;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Block(double ms)
    {
        Never.WaitOne(TimeSpan.FromMilliseconds(ms));
        return ms;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Allocate(int kb)
    {
        for (int i = 0; i < kb; i++)
        {
            _kept = new byte[1024];
        }

        return kb;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Fight(double ms)
    {
        lock (Contended)
        {
            return Burn(ms);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static string Throw()
    {
        try
        {
            throw new InvalidOperationException("thrown on purpose");
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
    }

    public static async Task<int> HopAsync(int n, double ms)
    {
        for (int i = 0; i < n; i++)
        {
            using var activity = Source.StartActivity("hop") ?? new Activity("hop").Start();
            Burn(ms);
            await Task.Delay(1);
        }

        return n;
    }
}
