namespace SelfProfiler.SessionCycles;

/// <summary>Managed threads that do nothing but exist: each tick walks their stacks.</summary>
internal static class IdleThreads
{
    private static readonly ManualResetEventSlim _never = new();

    public static void Start(int count)
    {
        for (int i = 0; i < count; i++)
        {
            new Thread(_never.Wait) { IsBackground = true }.Start();
        }
    }
}
