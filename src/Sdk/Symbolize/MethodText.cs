namespace SelfProfiler.Symbolize;

/// <summary>The three names of a method as places in a table of text.</summary>
internal sealed class MethodText(TextTable table, int nameSpace, int name, int signature)
{
    public string Get(int index) => table.Get(index switch
    {
        0 => nameSpace,
        1 => name,
        _ => signature,
    });
}
