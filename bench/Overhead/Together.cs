namespace SelfProfiler.Bench.Overhead;

/// <summary>Actions at the same time, each on a thread of its own.</summary>
internal static class Together
{
    public static void Run(IEnumerable<Action> actions)
    {
        Exception? failure = null;
        var threads = actions.Select(action => new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        if (failure is not null)
        {
            throw new InvalidOperationException("One of the programs could not be measured.", failure);
        }
    }
}
