using SelfProfiler.Decode;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

public sealed class TextTableTests
{
    private const int Megabyte = 1 << 20;

    private static readonly string[] _words = ["System", "Collections", "Generic", "List", "instance void ", "class ", "Ünïcode", "<", ">", ",", ".", "`1", "[", "]", "名前", "get_", "+", " ", "Shop"];

    [Fact]
    public void Texts_come_back_as_they_were_and_equal_ones_have_one_id()
    {
        var random = new Random(1);
        var table = new TextTable(16 * Megabyte);
        var known = new Dictionary<string, int>();
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => _words[random.Next(_words.Length)])) + random.Next(5_000);
            int id = table.Intern(text);
            Assert.NotEqual(0, id);
            Assert.Equal(known.TryGetValue(text, out int before) ? before : id, id);
            known[text] = id;
        }

        Assert.All(known, pair => Assert.Equal(pair.Key, table.Get(pair.Value)));
        Assert.Equal(known.Count, table.Count);
        Assert.Equal(known.Count, known.Values.Distinct().Count());
        Assert.Equal(0, table.Dropped);
    }

    [Fact]
    public void The_empty_text_is_zero_and_long_ones_are_cut()
    {
        var table = new TextTable(Megabyte);
        string endless = new('x', TextTable.MaxChars * 2);
        string manyWords = string.Concat(Enumerable.Range(0, TextTable.MaxChars).Select(i => (char)('一' + i)));
        string signs = new('.', TextTable.MaxChars);

        Assert.Equal(0, table.Intern(""));
        Assert.Equal("", table.Get(0));
        Assert.Equal(endless[..TextTable.MaxChars], table.Get(table.Intern(endless)));
        Assert.Equal(manyWords, table.Get(table.Intern(manyWords)));
        Assert.Equal(signs, table.Get(table.Intern(signs)));
    }

    [Fact]
    public void Texts_are_copied_to_another_table()
    {
        var (from, to) = (new TextTable(Megabyte), new TextTable(Megabyte));
        to.Intern("Something else.");
        int id = from.Intern("instance class System.Threading.Tasks.Task`1<int32>  (string)");

        Assert.Equal("instance class System.Threading.Tasks.Task`1<int32>  (string)", to.Get(to.Copy(from, id)));
        Assert.Equal(0, to.Copy(from, 0));
    }

    [Fact]
    public void What_does_not_fit_is_counted_and_what_was_there_stays()
    {
        var table = new TextTable(200_000);
        int first = table.Intern("Shop.Orders.First");
        for (int i = 0; i < 50_000; i++)
        {
            table.Intern($"Shop.Orders.Number{i}.OfMany{i * 7}");
        }

        Assert.InRange(table.Dropped, 1, 50_000);
        Assert.InRange(table.Bytes, 100_000, 400_000); // buckets may double once more
        Assert.Equal("Shop.Orders.First", table.Get(first));
        Assert.Equal(first, table.Intern("Shop.Orders.First"));
    }

    [Fact]
    public void Names_that_did_not_fit_stay_counted_when_names_of_unloaded_code_make_room()
    {
        var map = new MethodMap(maxNameBytes: 300_000);
        for (ulong i = 1; i <= 10_000; i++)
        {
            map.Add(new MethodLoad { Start = i * 0x100, Size = 0x10, MethodId = i, Name = $"Number{i}", Namespace = "Shop", Signature = "void ()", Flags = 8 });
        }

        var (dropped, bytes) = (map.TextDropped, map.TextBytes);
        for (ulong i = 1; i <= 10_000; i++)
        {
            map.Remove(new MethodUnload(i, i * 0x100, Size: 0, Timestamp: 0));
        }

        Assert.InRange(dropped, 1, 7_000);
        Assert.True(map.TextBytes < bytes / 2, $"{map.TextBytes} of {bytes} bytes");
        Assert.Equal(dropped, map.TextDropped);
    }

    [Fact]
    public void Signatures_take_half_of_their_bytes()
    {
        var table = new TextTable(16 * Megabyte);
        long bytes = 0;
        foreach (var method in typeof(string).Assembly.GetTypes().Take(1_500).SelectMany(type => type.GetMethods()).DistinctBy(method => method.ToString()))
        {
            string text = $"instance class {method.ReturnType} ({string.Join(',', method.GetParameters().Select(parameter => "class " + parameter.ParameterType))})";
            bytes += text.Length;
            table.Intern(text);
        }

        Assert.True(table.Bytes < bytes / 2, $"{table.Bytes} of {bytes}");
    }
}
