namespace SelfProfiler.AspNetCore;

/// <summary>Whether the application has taken the endpoint into its own hands: then nothing is served beside it.</summary>
internal sealed class PprofMapping
{
    public bool TakenByApplication { get; set; }
}
