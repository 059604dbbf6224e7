namespace SelfProfiler.Exporter;

/// <summary>What can be a header of a request: another name would fail with every push, and a line break in a value begin another header (checked on .NET 10.0.12).</summary>
internal static class HeaderRules
{
    /// <summary>A token, and none of the names that belong to the body, such as <c>Content-Type</c>.</summary>
    public static bool IsName(string name)
    {
        using var request = new HttpRequestMessage();
        return request.Headers.TryAddWithoutValidation(name, "");
    }

    public static bool IsValue(string value) => value.AsSpan().IndexOfAny('\r', '\n', '\0') < 0;
}
