using System.Collections.Concurrent;
using System.Text.Json;

namespace WebApi;

/// <summary>A shop's orders: reads JSON, computes with LINQ, keeps half of the results in a cache.</summary>
internal sealed class Orders
{
    private readonly ConcurrentDictionary<int, Summary> _cache = new();
    private readonly byte[] _document = JsonSerializer.SerializeToUtf8Bytes(
        Enumerable.Range(0, 400).Select(i => new Line($"article {i % 37}", i % 9 + 1, i * 0.25m + 1)).ToArray());

    public Summary Get(int id)
    {
        // Even orders are cached after the first time, in a cache of bounded size; odd ones change all the time.
        if (id % 2 != 0 || _cache.Count > 1_000)
        {
            return Summarize(id);
        }

        return _cache.GetOrAdd(id, Summarize);
    }

    private Summary Summarize(int id)
    {
        var lines = JsonSerializer.Deserialize<Line[]>(_document)!;
        var best = lines
            .GroupBy(line => line.Article)
            .Select(group => new { Article = group.Key, Total = Total(group, id) })
            .OrderByDescending(entry => entry.Total)
            .First();
        return new Summary(id, best.Article, Math.Round(best.Total, 2), lines.Length);
    }

    private static decimal Total(IEnumerable<Line> lines, int id) => lines.Sum(line => line.Price * line.Quantity * (1 + id % 7 / 100m));

    internal sealed record Line(string Article, int Quantity, decimal Price);

    internal sealed record Summary(int Id, string BestArticle, decimal Total, int Lines);
}
