#pragma warning disable CA1050, CA1822, CA1852, CA1859, IDE0039, IDE0060, IDE0062
using System.Runtime.CompilerServices;

namespace Shop;

/// <summary>Members the compiler takes apart: lambdas, local functions, iterators, async methods.</summary>
internal class Flows
{
    private readonly int _factor = 3;
    private readonly Func<int> _initial = () => 4;

    public int Property
    {
        get
        {
            Func<int> inner = () => _factor;
            return inner();
        }
    }

    public int Lambda() => new[] { 1, 2 }.Sum(x => x * 2);

    public int Capturing(int by) => new[] { 1, 2 }.Sum(x => x * by) + new[] { 1 }.Sum(x => x * _factor);

    public int This() => new[] { 1, 2 }.Sum(x => x * _factor);

    public int Nested(int by)
    {
        Func<int, Func<int>> outer = a => () => a + by;
        return outer(1)() + _initial();
    }

    public int Local(int by)
    {
        return Twice(by) + Add(by);

        static int Twice(int x) => x * 2;
        int Add(int x) => x + by;
    }

    public T GenericLambda<T>(T item)
    {
        Func<T> get = () => item;
        Func<string> type = static () => typeof(T).Name;
        type();
        return get();
    }

    public T GenericLocal<T>(T item, int depth)
    {
        return Inner(item);

        T Inner(T x) => depth > 0 ? x : default!;
    }

    public IEnumerable<int> Iterator(int to)
    {
        try
        {
            for (int i = 0; i < to; i++)
            {
                yield return i;
            }
        }
        finally
        {
            to = 0;
        }
    }

    public IEnumerable<T> Repeat<T>(T item, int times)
    {
        for (int i = 0; i < times; i++)
        {
            yield return item;
        }
    }

    public async Task Plain()
    {
        await Task.Yield();
    }

    public async Task<int> GetAsync(int id, string name)
    {
        await Task.Yield();
        return id;
    }

    public async Task<int> GetAsync(long id)
    {
        await Task.Yield();
        return (int)id;
    }

    public async ValueTask<T> LoadAsync<T>(T item)
    {
        await Task.Yield();
        return item;
    }

    public async IAsyncEnumerable<int> StreamAsync(int to, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (int i = 0; i < to; i++)
        {
            await Task.Delay(50, CancellationToken.None); // long enough for the caller to find that it has to wait
            yield return i;
        }
    }

    public async Task<int> AsyncLambda(int by)
    {
        Func<int, Task<int>> plain = async x =>
        {
            await Task.Yield();
            return x;
        };
        Func<int, Task<int>> capturing = async x =>
        {
            await Task.Yield();
            return x + by;
        };
        return await plain(1) + await capturing(2) + await Inner(3);

        async Task<int> Inner(int x)
        {
            await Task.Yield();
            return x;
        }
    }

    public async void Forget(TaskCompletionSource done)
    {
        await Task.Yield();
        done.SetResult();
    }

    public object Anonymous() => new { Name = "a", Age = 1 }.ToString() + new { Name = "a" }.Name;

    public int Query(int[] numbers) => (from n in numbers where n > 1 let twice = n * 2 orderby twice select twice + n).Sum();

    // Of a type nobody else in these tests collects: the compiled code is shared, and the runtime tells of it once.
    public IReadOnlyList<float> Collection(int a) => [a, a + 1, a + 2];

    public int Switch(string text) => text switch
    {
        "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        _ => 0,
    };
}

internal class Bag<T>
{
    public async Task<T> KeepAsync(T item)
    {
        await Task.Yield();
        return item;
    }

    public IEnumerable<T> Items(T item)
    {
        yield return item;
    }

    public T Lambda(T item)
    {
        Func<T> get = () => item;
        return get();
    }

    internal class Pocket<TInner>
    {
        public async Task<TOther> MoveAsync<TOther>(T a, TInner b, TOther c)
        {
            await Task.Yield();
            return c;
        }
    }
}

file class Hidden
{
    public int Value() => 7;

    public async Task<int> ValueAsync()
    {
        await Task.Yield();
        return 8;
    }
}

/// <summary>Reaches what is local to this file.</summary>
internal static class Reach
{
    public static int Hidden() => new Hidden().Value() + new Hidden().ValueAsync().GetAwaiter().GetResult();
}
