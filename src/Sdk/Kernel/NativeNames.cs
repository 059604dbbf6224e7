namespace SelfProfiler.Kernel;

/// <summary>What a mapped file is called in a profile.</summary>
internal static class NativeNames
{
    /// <summary>The file name without version and extension: <c>libcrypto.so.3</c> and <c>libcrypto-1.1.so</c> are <c>libcrypto</c>.</summary>
    public static string Library(string path)
    {
        var name = Path.GetFileName(path);
        var so = name.IndexOf(".so", StringComparison.Ordinal);
        var end = so > 0 && (so + 3 == name.Length || name[so + 3] == '.') ? so : name.Length;
        var version = name.IndexOf('-', StringComparison.Ordinal);
        return version > 0 && version + 1 < end && char.IsAsciiDigit(name[version + 1]) ? name[..version] : name[..end];
    }

    /// <summary>The short name that stands for everything in a library.</summary>
    public static string Folded(string library) => library switch
    {
        "libcoreclr" => "[runtime]",
        "libclrgc" or "libclrgcexp" => "[gc]",
        "libpthread" => "libc",
        _ when library.StartsWith("libclrjit", StringComparison.Ordinal) => "[jit]",
        _ when library.StartsWith("ld-", StringComparison.Ordinal) || library is "ld" => "libc",
        _ => library,
    };

    /// <summary>The parts of a C++ name that has no templates in it, else the name as it is: <c>_ZN3WKS7gc_heap4markEv</c> is <c>WKS::gc_heap::mark</c>.</summary>
    public static string Demangle(string symbol)
    {
        var nested = symbol.StartsWith("_ZN", StringComparison.Ordinal);
        if (!nested && !symbol.StartsWith("_Z", StringComparison.Ordinal))
        {
            return symbol;
        }

        var parts = new List<string>();
        var at = nested ? 3 : 2;
        at += nested && at < symbol.Length && symbol[at] == 'K' ? 1 : 0;
        while (at < symbol.Length && char.IsAsciiDigit(symbol[at]))
        {
            var length = 0;
            while (at < symbol.Length && char.IsAsciiDigit(symbol[at]) && length < symbol.Length)
            {
                length = (length * 10) + (symbol[at++] - '0');
            }

            if (length == 0 || length > symbol.Length - at)
            {
                return symbol;
            }

            parts.Add(symbol.Substring(at, length));
            at += length;
            if (!nested)
            {
                break;
            }
        }

        var complete = !nested || (at < symbol.Length && symbol[at] == 'E');
        return complete && parts.Count > 0 && !(at < symbol.Length && symbol[at] == 'I') ? string.Join("::", parts) : symbol;
    }
}
