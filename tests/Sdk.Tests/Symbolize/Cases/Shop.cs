#pragma warning disable CA1050, CA1852, CA1051, CA1805, CA1806, CA1812, CA1814, CA1816, CA1821, CA1822, CA1823, CA1825, CA1859, CA2211, CA2260, IDE0044, IDE0060, CS0649
using System.Collections;

namespace Shop;

/// <summary>Members of every kind a name can be made of; each is run once by <see cref="Exercise"/>.</summary>
internal class Cart : IPriced, IComparable<Cart>, IDisposable
{
    public static readonly Cart Empty;
    public int Count;
    private readonly List<string> _lines = [];
    private Action? _changed;

    static Cart() => Empty = new Cart(0);

    public Cart(int count) => Count = count;

    ~Cart() => Count = 0;

    public event Action Changed
    {
        add => _changed += value;
        remove => _changed -= value;
    }

    public decimal Total
    {
        get => Count;
        set => Count = (int)value;
    }

    public string Owner { get; init; } = "nobody";

    decimal IPriced.Price => Count;

    public string this[int index]
    {
        get => _lines.Count > index ? _lines[index] : "";
        set => _lines.Add(value);
    }

    public string this[string key, long rank] => key + rank;

    public static Cart operator +(Cart a, Cart b) => new(a.Count + b.Count);

    public static Cart operator checked +(Cart a, Cart b) => new(a.Count + b.Count);

    public static bool operator true(Cart a) => a.Count > 0;

    public static bool operator false(Cart a) => a.Count == 0;

    public static Cart operator -(Cart a) => new(-a.Count);

    public static Cart operator ++(Cart a) => new(a.Count + 1);

    public static implicit operator decimal(Cart a) => a.Count;

    public static explicit operator Cart(int a) => new(a);

    public void operator +=(int more) => Count += more;

    int IComparable<Cart>.CompareTo(Cart? other) => 0;

    public void Dispose() => _lines.Clear();

    public void Plain()
    {
    }

    public int Numbers(int a, uint b, long c, ulong d, short e, ushort f, byte g, sbyte h) => 0;

    public int Others(float a, double b, decimal c, char d, bool e, string f, object g, nint h, nuint i) => 0;

    public void References(ref int a, out string b, in long c, ref readonly DateTime d) => b = "";

    public int Arrays(int[] a, string[][] b, int[,] c, byte[,,] d, List<int>[] e) => 0;

    public int Nullables(int? a, string? b, DateTime? c) => 0;

    public (int Sum, string Text) Tuples((int X, string Y) a, (int, int, int, int, int, int, int, int, int) b) => default;

    public object Dynamic(dynamic a, List<dynamic> b) => a;

    public int Generics(Dictionary<string, List<int>> a, Func<int, Task<string>> b, KeyValuePair<int, Cart> c) => 0;

    public int Parameters(params int[] a) => a.Length;

    public int Optional(int a = 1, string b = "x") => a;

    public unsafe int Pointers(int* a, void* b, byte** c) => 0;

    public unsafe int FunctionPointer(delegate*<int, string, bool> a) => 0;

    public int Nested(Line a, Line.Part b, Box<int>.Lid<string> c) => 0;

    public int Spans(ReadOnlySpan<char> a, Span<byte> b) => 0;

    public ref int Slot() => ref Count;

    internal sealed class Line
    {
        public void Check()
        {
        }

        internal struct Part
        {
            public readonly void Check()
            {
            }
        }
    }
}

internal interface IPriced
{
    decimal Price { get; }

    string Describe() => "priced at " + Price;
}

internal interface IUnit<TSelf>
    where TSelf : IUnit<TSelf>
{
    static abstract TSelf Zero { get; }

    static virtual string Label() => "unit";
}

internal readonly struct Gram : IUnit<Gram>
{
    public static Gram Zero => default;

    static string IUnit<Gram>.Label() => "g";
}

internal class Box<T>
{
    public T? Content;

    public Box()
    {
    }

    public void Put(T item) => Content = item;

    public TOther? Convert<TOther>(T item, Func<T, TOther> how) => how(item);

    public static TKey? Pair<TKey, TValue>(TKey key, TValue value, T third) => key;

    internal sealed class Lid<TSeal>
    {
        public void Close(T item, TSeal seal)
        {
        }
    }
}

internal sealed record Order(int Id, string Name)
{
    public decimal Due() => Id;
}

internal readonly record struct Point(int X, int Y);

internal sealed class Clerk(string name)
{
    public string Greet() => "I am " + name;
}

internal static class Texts
{
    public static int Words(this string text) => text.Split(' ').Length;

    extension(string text)
    {
        public int Letters => text.Length;

        public string Twice(int times) => text + times;
    }
}

internal sealed class Shelf : IEnumerable<int>
{
    public IEnumerator<int> GetEnumerator()
    {
        yield return 1;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal static class Delegates
{
    public delegate int Twice(int value);

    public static int Call(Twice twice) => twice(2);
}
