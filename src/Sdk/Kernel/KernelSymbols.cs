using System.Globalization;
using System.Text;

namespace SelfProfiler.Kernel;

/// <summary>The kernel's functions from /proc/kallsyms, where reading their addresses is permitted.</summary>
internal static class KernelSymbols
{
    private const int MaxLine = 1024;

    /// <returns>null where the kernel hides its addresses (kernel.kptr_restrict).</returns>
    public static SymbolTable? Load(string path = "/proc/kallsyms")
    {
        try
        {
            var builder = new SymbolTable.Builder();
            foreach (var line in File.ReadLines(path))
            {
                if (TryParse(line, out var address, out var name) && (address == 0 || !builder.Add(address, 0, Encoding.UTF8.GetBytes(name))))
                {
                    break;
                }
            }

            var table = builder.Build();
            return table.Count > 0 ? table : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // the frames are called [kernel] then
        }
    }

    /// <summary><c>ffffffff81000000 T _stext</c>, with a tab and the module's name where it belongs to one.</summary>
    private static bool TryParse(string line, out ulong address, out string name)
    {
        name = "";
        address = 0;
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space is <= 0 or > 16 || line.Length < space + 4 || line.Length > MaxLine || line[space + 1] is not ('t' or 'T' or 'w' or 'W')
            || !ulong.TryParse(line.AsSpan(0, space), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address))
        {
            return false;
        }

        var end = line.IndexOf('\t', StringComparison.Ordinal);
        name = end > 0 ? line[(space + 3)..end] : line[(space + 3)..];
        return true;
    }
}
