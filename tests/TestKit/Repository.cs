namespace SelfProfiler.TestKit;

/// <summary>Where the clone under test lies.</summary>
public static class Repository
{
    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "SelfProfiler.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No SelfProfiler.sln above {AppContext.BaseDirectory}.");
    }
}
