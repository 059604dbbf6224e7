namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>One way of running the program, and how it is switched on and off while it runs: both halves of a pair are measured in the same process, so that no accident of start-up divides them.</summary>
internal abstract class Variant(string name, string what, params (string Name, string Value)[] environment)
{
    public string Name => name;

    public string What => what;

    public IReadOnlyDictionary<string, string> Environment { get; } = environment.ToDictionary(pair => pair.Name, pair => pair.Value);

    /// <summary>For the program.</summary>
    public virtual IReadOnlyList<string> Arguments => [];

    /// <summary>Whether something can be seen from outside when it is on.</summary>
    public virtual bool IsVisible => true;

    /// <summary>Before the program starts.</summary>
    public virtual void Prepare(string directory)
    {
    }

    public abstract void Switch(ChildServer child, string directory, bool on);
}

/// <summary>The program compared with itself: what the machine cannot tell apart.</summary>
internal sealed class SameVariant() : Variant("A/A", "off, compared with itself", ("ContinuousProfiling__Enabled", "false"))
{
    public override bool IsVisible => false;

    public override void Switch(ChildServer child, string directory, bool on)
    {
    }
}

/// <summary>The sample without any profiler in it.</summary>
internal sealed class AbsentVariant() : Variant(Called, "no profiler registered")
{
    public const string Called = "absent";

    public override IReadOnlyList<string> Arguments => ["--no-profiler"];

    public override bool IsVisible => false;

    public override void Switch(ChildServer child, string directory, bool on)
    {
    }
}

/// <summary>This project's profiler, switched by a reload of the configuration.</summary>
internal sealed class OwnVariant(string name, string what, params (string Name, string Value)[] environment)
    : Variant(name, what, environment)
{
    public override void Prepare(string directory) => Write(directory, true);

    public override void Switch(ChildServer child, string directory, bool on) => Write(directory, on);

    private static void Write(string directory, bool on)
    {
        // Replaced, not rewritten: nobody reads half a file.
        var file = Path.Combine(directory, "appsettings.json");
        var value = on ? "true" : "false";
        File.WriteAllText(file + ".new", $$"""{ "ContinuousProfiling": { "Enabled": {{value}} } }""");
        File.Move(file + ".new", file, overwrite: true);
    }
}

/// <summary>A session of the runtime's sampler in the process, read through TraceEvent's live log.</summary>
internal sealed class TraceLogVariant() : Variant(
    "TraceLog", "in-process session at 1 kHz read through TraceEvent's live TraceLog", ("ContinuousProfiling__Enabled", "false"))
{
    public override void Switch(ChildServer child, string directory, bool on) => child.Control.Order(on ? "start" : "stop");
}
