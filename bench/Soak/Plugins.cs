using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace SelfProfiler.Bench.Soak;

/// <summary>Code that comes and goes: methods without an assembly, assemblies made in memory, and load contexts with an assembly from bytes, as hosts of plug-ins have.</summary>
internal static class Plugins
{
    private const int Loops = 1_000_000;

    private static readonly List<WeakReference> _contexts = []; // locked by itself

    /// <summary>Load contexts that were told to unload and are not gone.</summary>
    public static int ContextsAlive()
    {
        lock (_contexts)
        {
            _contexts.RemoveAll(static context => !context.IsAlive);
            return _contexts.Count;
        }
    }

    public static void RunMethod(long turn)
    {
        var method = new DynamicMethod("Generated" + turn, typeof(int), [typeof(int)]);
        EmitLoop(method.GetILGenerator());
        method.CreateDelegate<Func<int, int>>()(Loops / 20);
    }

    public static void RunCollectibleAssembly(long turn)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Made" + turn), AssemblyBuilderAccess.RunAndCollect);
        var type = DefineType(assembly.DefineDynamicModule("Main"), "Made" + turn);
        Run(type.CreateType());
    }

    /// <summary>Not inlined, so that nothing on the caller's stack keeps the context alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void RunLoadContext(long turn)
    {
        var context = new AssemblyLoadContext("plugin " + turn, isCollectible: true);
        using var bytes = Assembly("Plugin" + turn);
        Run(context.LoadFromStream(bytes).GetType("Plugin" + turn, throwOnError: true)!);
        context.Unload();
        lock (_contexts)
        {
            _contexts.Add(new WeakReference(context, trackResurrection: true));
        }
    }

    private static MemoryStream Assembly(string name)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name), typeof(object).Assembly);
        DefineType(assembly.DefineDynamicModule("Main"), name).CreateType();
        var bytes = new MemoryStream();
        assembly.Save(bytes);
        bytes.Position = 0;
        return bytes;
    }

    private static TypeBuilder DefineType(ModuleBuilder module, string name)
    {
        var type = module.DefineType(name, TypeAttributes.Public);
        EmitLoop(type.DefineMethod("Run", MethodAttributes.Public | MethodAttributes.Static, typeof(int), [typeof(int)]).GetILGenerator());
        return type;
    }

    private static void Run(Type type) => type.GetMethod("Run")!.Invoke(null, [Loops]);

    /// <summary>Counts its argument down to zero: long enough for a sample now and then.</summary>
    private static void EmitLoop(ILGenerator il)
    {
        var again = il.DefineLabel();
        il.MarkLabel(again);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg_S, (byte)0);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Brtrue, again);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ret);
    }
}
