using System.Text;
using SelfProfiler.Aggregate;
using SelfProfiler.Symbolize;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

/// <summary>Native frames that share one short name are one frame, in every format.</summary>
public sealed class FoldedFramesTests
{
    // Main → three places in the runtime → work → two places in the runtime; and Main → two other places in the runtime.
    private static readonly FrameKey[] Frames =
    [
        default, Name("Main"), At(0x10), At(0x20), At(0x30), Name("Work"), At(0x40), At(0x50), At(0x60), At(0x70),
    ];

    [Fact]
    public void Short_names_in_a_row_are_one_frame() =>
        Assert.Equal("Main;[runtime] 4\nMain;[runtime];Work;[runtime] 2\n", Folded(new ProfileFilter()));

    [Fact]
    public void Asked_for_native_frames_all_of_them_are_there() =>
        Assert.Equal("Main;f60;f70 4\nMain;f10;f20;f30;Work;f40;f50 2\n", Sorted(Folded(new ProfileFilter { NativeFrames = true })));

    [Fact]
    public void Pprof_agrees()
    {
        var file = new MemoryStream();
        Ask(new ProfileFilter()).WriteTo(file);
        var profile = PprofChecker.Check(file.ToArray());
        Assert.Equal([2, 4], profile.Message.Sample.Select(sample => sample.LocationId.Count).Order());
    }

    [Fact]
    public void A_method_that_calls_itself_keeps_its_frames()
    {
        var window = Window([1, 1, 1], [default, new FrameKey(new MethodBody { Start = 0x100, Size = 16 }, 0x100, null)]);
        Assert.Equal("Again;Again;Again 1\n", Text(Build(window, new ProfileFilter(), static (_, _) => new Frame("Again", "", 0, "", 5))));
    }

    private static FrameKey Name(string name) => FrameKey.OfName(name);

    private static FrameKey At(ulong address) => new(null, address, null);

    private static string Folded(ProfileFilter filter) => Text(Ask(filter));

    private static string Sorted(string text) => string.Join('\n', text.TrimEnd('\n').Split('\n').OrderBy(line => line.Length)) + "\n";

    private static string Text(Profile profile)
    {
        var text = new MemoryStream();
        profile.WriteTo(text, ProfileFormat.Folded);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    // A frame for each key, as the symbolizer makes them; the same name has the same identity.
    private static Frame Resolve(FrameKey key, bool native)
    {
        string name = key.Synthetic ?? (native ? $"f{key.Address:x}" : "[runtime]");
        return new Frame(name, "", 0, "", (ulong)name.Sum(letter => (int)letter) + ((ulong)name.Length << 20));
    }

    private static Profile Ask(ProfileFilter filter) => Build(Window([1, 2, 3, 4, 5, 6, 7], Frames, [1, 8, 9]), filter, Resolve);

    private static Profile Build(SealedWindow window, ProfileFilter filter, Func<FrameKey, bool, Frame> resolve) => new ProfileBuilder(
        ProfileKind.Exceptions, filter, new LabelTexts(_ => null, _ => null, _ => []), resolve).Build([window], "Shop");

    /// <summary>The first stack twice if there is another, which comes four times.</summary>
    private static SealedWindow Window(int[] stack, FrameKey[] frames, int[]? other = null)
    {
        var parents = new List<int> { -1 };
        var nodes = new List<int> { 0 };
        int first = Add(stack);
        var rows = new SealedRow[ProfileWindow.KindCount][];
        Array.Fill(rows, []);
        rows[(int)ProfileKind.Exceptions] = other is null
            ? [new SealedRow(first, default, 0, SampleFlags.None, 1, 0)]
            : [new SealedRow(first, default, 0, SampleFlags.None, 2, 0), new SealedRow(Add(other), default, 0, SampleFlags.None, 4, 0)];
        return new SealedWindow
        {
            From = 0,
            To = 1_000_000_000,
            Start = DateTimeOffset.UnixEpoch.AddDays(1),
            Frames = frames,
            NodeParent = [.. parents],
            NodeFrame = [.. nodes],
            Rows = rows,
            Requests = [],
        };

        int Add(int[] path)
        {
            int parent = 0;
            foreach (int frame in path)
            {
                parents.Add(parent);
                nodes.Add(frame);
                parent = parents.Count - 1;
            }

            return parent;
        }
    }
}
