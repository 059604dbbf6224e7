namespace SelfProfiler.Labels;

/// <summary>A route template that remembers its number: looking for it among all costs every request a few cache misses.</summary>
internal sealed class RouteName(string text)
{
    private Known? _known;

    public string Text { get; } = text;

    /// <summary>Any thread.</summary>
    public int NumberIn(RouteTable routes)
    {
        var known = Volatile.Read(ref _known);
        if (known is null || !ReferenceEquals(known.Routes, routes))
        {
            int number = routes.Intern(Text);
            if (number == RouteTable.Overflow)
            {
                return number; // counted each time
            }

            Volatile.Write(ref _known, known = new Known(routes, number));
        }

        return known.Number;
    }

    private sealed record Known(RouteTable Routes, int Number);
}
