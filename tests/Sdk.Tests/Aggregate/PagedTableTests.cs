using SelfProfiler.Aggregate;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class PagedTableTests
{
    private readonly PagedTable<long, int> _table = new();

    [Fact]
    public void It_holds_what_a_dictionary_holds_over_many_periods()
    {
        var expected = new Dictionary<long, int>();
        var random = new Random(3);
        for (int period = 0; period < 100; period++)
        {
            int count = random.Next(period % 10 == 0 ? 5_000 : 300);
            for (int i = 0; i < count; i++)
            {
                long key = random.Next(3_000) * 0x1_0000_0001L;
                int value = random.Next(100);
                Assert.Equal(expected.ContainsKey(key), _table.Contains(key));
                _table.GetOrAdd(key, out bool known) += value;
                Assert.Equal(expected.ContainsKey(key), known);
                expected[key] = expected.GetValueOrDefault(key) + value;
            }

            int kept = 0;
            for (int i = 0; i < _table.Count; i++)
            {
                if (random.Next(3) == 0)
                {
                    _table.Move(i, kept++);
                }
                else
                {
                    expected.Remove(_table.Key(i));
                }
            }

            _table.Truncate(kept);
            Assert.Equal(expected.Count, _table.Count);
            foreach (var (key, value) in expected)
            {
                Assert.Equal(value, _table[_table.Find(key)]);
            }
        }
    }

    [Fact]
    public void It_has_room_for_what_it_holds_and_little_more()
    {
        foreach (int count in (int[])[3, 40, 5_000, 33_000])
        {
            Fill(count);
            Assert.InRange(_table.Capacity, count, count + Math.Max(8, Math.Min(count, 1_024)));
        }
    }

    [Fact]
    public void A_burst_gives_its_room_back_and_what_is_needed_every_time_stays()
    {
        Fill(40_000);
        _table.Truncate(0);
        Assert.InRange(_table.Capacity, 40_000, 41_024);

        Fill(5_000);
        _table.Truncate(1);
        Assert.InRange(_table.Capacity, 5_000, 6_024);
        Assert.Equal((1, 0), (_table.Count, _table.Find(0)));

        Fill(20);
        _table.Truncate(0);
        Assert.InRange(_table.Capacity, 20, 1_024);
    }

    private void Fill(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _table.GetOrAdd(i, out _) = i;
        }
    }
}
