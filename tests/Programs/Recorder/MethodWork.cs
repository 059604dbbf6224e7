using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace SelfProfiler.Recorder;

/// <summary>Makes the runtime compile: generics over values and references, dynamic methods that are collected again, tiers.</summary>
internal static class MethodWork
{
    public static void Run()
    {
        Pair<int, string>.Make(1, "a");
        Pair<string, Guid>.Make("b", Guid.Empty);
        Pair<List<int>, int[]>.Make([], []);
        Generic<DateTime>();
        Generic<string>();
        for (var i = 0; i < 3; i++)
        {
            CompileAndForget(i);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // Often enough for on-stack replacement.
        var sum = 0;
        for (var i = 0; i < 200_000; i++)
        {
            sum += i % 7;
        }

        GC.KeepAlive(sum);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Generic<T>() => typeof(T).Name;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CompileAndForget(int value)
    {
        var method = new DynamicMethod("Dynamic" + value, typeof(int), Type.EmptyTypes);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4, value);
        il.Emit(OpCodes.Ret);
        var compiled = method.CreateDelegate<Func<int>>();
        GC.KeepAlive(compiled());
    }

    private sealed record Pair<TFirst, TSecond>(TFirst First, TSecond Second)
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static string Make(TFirst first, TSecond second) => new Pair<TFirst, TSecond>(first, second).ToString();
    }
}
