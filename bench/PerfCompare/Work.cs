using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SelfProfiler.PerfCompare;

/// <summary>Busy threads with a dozen methods of known order: arithmetic in small and large methods, framework code, native code, allocation.</summary>
internal sealed class Work : IDisposable
{
    private readonly List<Thread> _threads;
    private volatile bool _stop;

    public Work(int threads)
    {
        _threads = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Run) { Name = "work" })];
        _threads.ForEach(thread => thread.Start());
    }

    public void Dispose()
    {
        _stop = true;
        _threads.ForEach(thread => thread.Join());
    }

    private void Run()
    {
        var state = new State();
        while (!_stop)
        {
            state.Sieve(60_000);
            state.Multiply(48);
            state.CallLeaf(60_000);
            state.Sort(3_000);
            state.Hash();
            state.Json();
            state.Text(400);
            state.Lookup(4_000);
            state.Allocate(300);
        }
    }

    private sealed class State
    {
        private readonly bool[] _composite = new bool[60_000];
        private readonly double[] _a = [.. Enumerable.Range(0, 48 * 48).Select(i => i * 0.5)];
        private readonly double[] _b = new double[48 * 48];
        private readonly int[] _numbers = new int[3_000];
        private readonly byte[] _bytes = new byte[64 << 10];
        private readonly byte[] _hash = new byte[32];
        private readonly Dictionary<string, int> _map = Enumerable.Range(0, 1_000).ToDictionary(i => "key" + i, i => i);
        private readonly string[] _keys = [.. Enumerable.Range(0, 1_000).Select(i => "key" + i)];
        private readonly Dictionary<string, int[]> _document = Enumerable.Range(0, 20).ToDictionary(i => "key" + i, i => Enumerable.Range(0, i).ToArray());
        private int _sink = 1;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Sieve(int to)
        {
            Array.Clear(_composite);
            for (var i = 2; i < to; i++)
            {
                for (var j = 2 * i; !_composite[i] && j < to; j += i)
                {
                    _composite[j] = true;
                }
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Multiply(int size)
        {
            for (var row = 0; row < size; row++)
            {
                for (var column = 0; column < size; column++)
                {
                    var sum = 0.0;
                    for (var k = 0; k < size; k++)
                    {
                        sum += _a[(row * size) + k] * _a[(k * size) + column];
                    }

                    _b[(row * size) + column] = sum;
                }
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void CallLeaf(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _sink = Leaf(_sink, i) + 1;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static int Leaf(int a, int b) => (a * 31) ^ (b / (a | 1));

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Sort(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _numbers[i] = (i * 7919) % 65_521;
            }

            Array.Sort(_numbers);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Hash() => SHA256.HashData(_bytes, _hash);

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Json() => _sink += JsonSerializer.Deserialize<Dictionary<string, int[]>>(JsonSerializer.SerializeToUtf8Bytes(_document))!.Count;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Text(int lines)
        {
            var text = new StringBuilder();
            for (var i = 0; i < lines; i++)
            {
                text.Append("line ").Append(i).Append('\n');
            }

            _sink += text.ToString().Split('\n').Length;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Lookup(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _sink += _map[_keys[i % _keys.Length]];
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Allocate(int times)
        {
            var kept = new List<byte[]>();
            for (var i = 0; i < times; i++)
            {
                kept.Add(new byte[i * 4]);
            }

            _sink += kept.Count;
        }
    }
}
