using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace SelfProfiler.Bench.Soak;

/// <summary>What grows a profiler's tables, a hundred turns a second: new traces, label values, threads, dynamic methods, collectible assemblies, exceptions, locks.</summary>
internal static class RestlessWork
{
    private static readonly Lock _lock = new();
    private static int _number;

    public static async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (long turn = 0; !stop.IsCancellationRequested; turn++)
        {
            using (var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start())
            using (ProfilingLabels.Begin("tenant", "tenant-" + turn))
            {
                Compute();
                await Task.Yield();
                using var inner = new Activity("inner").Start();
                await RequestAsync(turn);
            }

            if (turn % 5 == 0)
            {
                new Thread(static () => Contend()) { IsBackground = true }.Start();
            }

            if (turn % 20 == 0)
            {
                NewMethod(turn)(turn);
            }

            if (turn % 500 == 0)
            {
                CollectibleAssembly(turn);
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task RequestAsync(long turn)
    {
        await Task.Yield();
        _ = new byte[20_000];
        if (turn % 10 == 0)
        {
            try
            {
                throw new InvalidOperationException("number " + turn);
            }
            catch (InvalidOperationException)
            {
                Contend();
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Compute()
    {
        for (int i = 0; i < 20_000; i++)
        {
            _number = unchecked((_number * 31) + i);
        }
    }

    private static void Contend()
    {
        lock (_lock)
        {
            Thread.Sleep(1);
        }
    }

    private static Action<long> NewMethod(long turn)
    {
        var method = new DynamicMethod("Generated" + turn, null, [typeof(long)]);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Call, typeof(RestlessWork).GetMethod(nameof(Compute), BindingFlags.Static | BindingFlags.NonPublic)!);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<long>>();
    }

    private static void CollectibleAssembly(long turn)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Plugin" + turn), AssemblyBuilderAccess.RunAndCollect);
        var type = assembly.DefineDynamicModule("Main").DefineType("Plugin" + turn, TypeAttributes.Public);
        var il = type.DefineMethod("Run", MethodAttributes.Public | MethodAttributes.Static).GetILGenerator();
        il.Emit(OpCodes.Ldstr, "turn " + turn);
        il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Ret);
        type.CreateType().GetMethod("Run")!.Invoke(null, null);
    }
}
