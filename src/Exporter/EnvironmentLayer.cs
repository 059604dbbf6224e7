namespace SelfProfiler.Exporter;

/// <summary>What is left to do about environment variables when configuration and code have had their say: they are the lowest layer, and never a reason not to start.</summary>
internal sealed class EnvironmentLayer
{
    private readonly List<Func<string?>> _open = [];

    /// <summary>Tells that a variable is not followed, unless another layer replaces what it was about.</summary>
    /// <param name="sentence">Names the variable and what happens instead; never a credential.</param>
    /// <param name="option">Reads the option.</param>
    public void Tell(string sentence, Func<object?> option)
    {
        var left = option();
        AtTheEnd(() => Equals(option(), left) ? sentence : null);
    }

    /// <param name="settle">Looks at the final options, takes back what cannot stand beside the other layers, and returns the sentence that tells it, or null.</param>
    public void AtTheEnd(Func<string?> settle) => _open.Add(settle);

    /// <summary>Called once, before the options are validated.</summary>
    public IReadOnlyList<string> Settle()
    {
        var told = _open.ConvertAll(settle => settle()).OfType<string>().ToArray();
        _open.Clear();
        return told;
    }
}
