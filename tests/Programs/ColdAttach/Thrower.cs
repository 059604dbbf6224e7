namespace SelfProfiler.ColdAttach;

/// <summary>An event with a deep stack.</summary>
internal static class Thrower
{
    public static void Throw(int depth = 40)
    {
        try
        {
            Descend(depth);
        }
        catch (InvalidOperationException)
        {
            // Thrown for its event only.
        }
    }

    private static int Descend(int depth) => depth == 0 ? throw new InvalidOperationException("wanted") : Descend(depth - 1) + 1;
}
