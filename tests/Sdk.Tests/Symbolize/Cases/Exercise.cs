#pragma warning disable CA1050, CA1806, IDE0059, CA1303
using System.Linq.Expressions;
using System.Reflection.Emit;
using System.Runtime.InteropServices;

namespace Shop;

/// <summary>Runs every member of the shop once, so that the runtime compiles it and says so.</summary>
internal static class Exercise
{
    public static unsafe void All()
    {
        var cart = new Cart(1) { Owner = "me" };
        Action changed = () => { };
        cart.Changed += changed;
        cart.Changed -= changed;
        cart.Total = cart.Total + 1;
        cart[0] = cart[1] + cart["a", 2];
        cart = -((cart + cart) ? cart : (Cart)3);
        cart = checked(cart + cart);
        cart++;
        cart += 2;
        decimal price = cart;
        _ = ((IPriced)cart).Price + ((IPriced)cart).Describe().Length + ((IComparable<Cart>)cart).CompareTo(null);
        cart.Plain();
        cart.Numbers(1, 2, 3, 4, 5, 6, 7, 8);
        cart.Others(1, 2, 3, '4', true, "6", new object(), 8, 9);
        int number = 1;
        var date = DateTime.MinValue;
        cart.References(ref number, out string text, 3, in date);
        cart.Arrays([], [], new int[1, 1], new byte[1, 1, 1], []);
        cart.Nullables(1, null, null);
        cart.Tuples(default, default);
        cart.Dynamic(1, []);
        cart.Generics([], _ => Task.FromResult(""), default);
        cart.Parameters(1, 2);
        cart.Optional();
        cart.Pointers(null, null, null);
        cart.FunctionPointer(null);
        cart.Nested(new Cart.Line(), default, new Box<int>.Lid<string>());
        cart.Spans("", []);
        cart.Slot() = 2;
        cart.Dispose();
        new Cart.Line().Check();
        default(Cart.Line.Part).Check();
        if (new Cart(1))
        {
            Units<Gram>();
        }

        var boxes = (new Box<int>(), new Box<string>());
        boxes.Item1.Put(1);
        boxes.Item2.Put("");
        boxes.Item1.Convert(1, x => "a");
        boxes.Item2.Convert("", x => 1L);
        Box<int>.Pair("k", 2, 3);
        new Box<int>.Lid<string>().Close(1, "");
        new Box<string>.Lid<string>().Close("", "");
        var order = new Order(1, "a") with { Name = "b" };
        _ = order.ToString() + order.Due() + order.GetHashCode() + order.Equals(new Order(2, "c"));
        var (x, y) = new Point(1, 2);
        _ = new Point(x, y).ToString() + new Clerk("c").Greet() + "a b".Words() + "a".Letters + "a".Twice(2);
        _ = new Shelf().Sum() + Delegates.Call(v => v * 2);
        foreach (object item in (System.Collections.IEnumerable)new Shelf())
        {
            _ = item;
        }

        Collect();
        Flow(new Flows()).GetAwaiter().GetResult();
        Reach.Hidden();
        Dynamics();
        Last();
    }

    /// <summary>When the runtime has told of this one, it has told of all.</summary>
    public static int Last() => 1;

    private static string Units<T>()
        where T : IUnit<T> => T.Zero + T.Label();

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void MakeGarbage() => new Cart(7).Plain();

    private static void Collect()
    {
        MakeGarbage();
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static async Task Flow(Flows flows)
    {
        _ = flows.Property + flows.Lambda() + flows.Capturing(2) + flows.This() + flows.Nested(1) + flows.Local(1);
        _ = flows.GenericLambda("a") + flows.GenericLambda(1) + flows.GenericLocal("b", 1) + flows.GenericLocal(2, 1);
        _ = flows.Iterator(2).Sum() + flows.Repeat("a", 2).Count() + flows.Repeat(1, 2).Sum();
        await flows.Plain();
        _ = await flows.GetAsync(1, "a") + await flows.GetAsync(2L) + await flows.LoadAsync("a") + await flows.LoadAsync(1);
        await foreach (int i in flows.StreamAsync(2))
        {
            _ = i;
        }

        await flows.AsyncLambda(1);
        var done = new TaskCompletionSource();
        flows.Forget(done);
        await done.Task;
        _ = flows.Anonymous();
        _ = flows.Query([1, 2]) + (int)flows.Collection(1).Sum() + flows.Switch("five");
        var bag = new Bag<int>();
        _ = await bag.KeepAsync(1) + bag.Items(1).Sum() + bag.Lambda(1);
        _ = await new Bag<string>().KeepAsync("");
        await new Bag<string>.Pocket<int>().MoveAsync("", 1, 2L);
    }

    private static void Dynamics()
    {
        Expression<Func<int, int>> twice = v => v * 2;
        twice.Compile()(1);
        var method = new DynamicMethod("Thrice", typeof(int), [typeof(int)]);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4_3);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Ret);
        method.CreateDelegate<Func<int, int>>()(2);
        _ = Native.GetParentId() + Native.Open("/none", 0);
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "getppid")]
        public static extern int GetParentId();

        [DllImport("libc", EntryPoint = "access", SetLastError = true)]
        public static extern int Open([MarshalAs(UnmanagedType.LPStr)] string path, int mode);
    }
}
