using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

public class MethodNamesTests
{
    private static readonly Lazy<HashSet<string>> Resolved = new(Resolve);

    public static TheoryData<string> Names => [.. ShopNames.All];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_method_of_the_shop_has_its_name_from_the_source(string name) => Assert.Contains(name, Resolved.Value);

    [Fact]
    public void No_method_of_the_shop_has_another_name() =>
        Assert.Empty(Resolved.Value.Where(n => n.StartsWith("Shop.", StringComparison.Ordinal)).Except(ShopNames.All));

    [Fact]
    public void Names_contain_nothing_the_compiler_made()
    {
        foreach (string name in Resolved.Value.Concat(WithoutMetadata()))
        {
            Assert.DoesNotContain("__", name, StringComparison.Ordinal);
            Assert.DoesNotContain("<>", name, StringComparison.Ordinal);
            Assert.DoesNotContain('`', name);
            Assert.DoesNotContain('$', name);
            Assert.True(!name.Contains('+') || name.Contains("operator ", StringComparison.Ordinal), name);
        }
    }

    [Theory]
    [InlineData("Shop.Flows.GetAsync(...)")]
    [InlineData("Shop.Flows.AsyncLambda.lambda1(...)")]
    [InlineData("Shop.Flows.Iterator(...)")]
    [InlineData("Shop.Box<T>.Put(T)")]
    [InlineData("Shop.Box<T1>.Lid<T2>.Close(T1, T2)")]
    [InlineData("Shop.Box<int>.Pair<T1, T2>(T1, T2, int)")]
    [InlineData("Shop.Box<T>.Convert<U>(T, Func<T, U>)")]
    [InlineData("Shop.Cart.References(ref int, ref string, ref long, ref DateTime)")]
    [InlineData("Shop.Flows.GenericLocal.Inner<T>(T)")]
    public void Without_metadata_a_name_is_made_from_what_the_runtime_says(string name) => Assert.Contains(name, WithoutMetadata());

    [Theory]
    [InlineData("", "", "", "[unknown]")]
    [InlineData("", "JIT_WriteBarrier", "", "JIT_WriteBarrier")]
    [InlineData("Program", "<Main>$", "void  (class System.String[])", "Program.Main(string[])")]
    [InlineData("Program", "<Main>", "void  (class System.String[])", "Program.Main(string[])")]
    [InlineData("Program+<<Main>$>d__0", "MoveNext", "instance void  ()", "Program.Main(...)")]
    [InlineData("Program+<>c", "<<Main>$>b__0_8", "instance int32  (value class System.ValueTuple`2<int32,class System.String>)", "Program.Main.lambda9((int, string))")]
    [InlineData("dynamicClass", "InvokeStub_X", "class System.Object  (pMT: 0x7f6b23b2fe30<class System.Object,int32>,int32*)", "[dynamic].InvokeStub_X(?, int*)")]
    [InlineData("Shop.<X>", "<", "(", "Shop.X.<()")]
    [InlineData("Shop.Stock+<Shop-IStock-LoadAsync>d__3", "MoveNext", "instance void  ()", "Shop.Stock.IStock.LoadAsync(...)")]
    [InlineData(
        "System.Runtime.CompilerServices.AsyncTaskMethodBuilder`1+AsyncStateMachineBox`1[System.ValueTuple`2[System.__Canon,System.Byte[]],System.Net.Http.Pool+<ConnectAsync>d__53]",
        "MoveNext",
        "instance void  (class System.Threading.Thread)",
        "System.Runtime.CompilerServices.AsyncTaskMethodBuilder<(object, byte[])>.AsyncStateMachineBox<Pool.ConnectAsync>.MoveNext(Thread)")]
    public void Forms_the_shop_does_not_sell(string type, string name, string signature, string expected) =>
        Assert.Equal(expected, MethodNames.Of(type, name, signature));

    [Fact]
    public void Strange_text_never_throws_and_never_grows()
    {
        var random = new Random(7);
        string[] pieces = ["<", ">", "[", "]", "`9", "!0", "!!1", "&", "*", "+", ",", "(", ")", "class ", "fnptr ", "\\", ".", "d__", "b__", "|", "<>c", "  ", "\ud800", "IL_STUB_", "get_", "op_"];
        foreach (var method in RuntimeStrings.Shared.Methods)
        {
            for (int i = 0; i < 30; i++)
            {
                string name = MethodNames.Of(Mutate(method.Namespace), Mutate(method.Name), Mutate(method.Signature));
                Assert.InRange(name.Length, 1, MethodNames.MaxLength);
            }
        }

        foreach (string piece in pieces)
        {
            string many = string.Concat(Enumerable.Repeat(piece, TextTable.MaxChars / piece.Length));
            Assert.InRange(MethodNames.Of(many, many, many).Length, 1, MethodNames.MaxLength);
            Assert.InRange(MethodNames.Of("A`1[" + many + "]", "<" + many + ">b__0", "void  (" + many + ")").Length, 1, MethodNames.MaxLength);
        }

        string Mutate(string text)
        {
            int at = random.Next(text.Length + 1);
            return random.Next(3) switch
            {
                0 => text[..at],
                1 => text.Insert(at, pieces[random.Next(pieces.Length)]),
                _ => text.Remove(at, Math.Min(random.Next(4), text.Length - at)),
            };
        }
    }

    private static HashSet<string> Resolve()
    {
        var symbolizer = new Symbolizer();
        var shop = RuntimeStrings.Shared;
        var names = shop.Methods.Select(m => symbolizer.Resolve(new FrameKey(shop.Map.Find(m.Start), m.Start, null), true, false).Function).ToHashSet();
        Assert.Null(symbolizer.LastFailure);
        return names;
    }

    private static HashSet<string> WithoutMetadata() =>
        [.. RuntimeStrings.Shared.Methods.Select(m => MethodNames.Of(m.Namespace, m.Name, m.Signature))];
}
