using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class CgroupTests
{
    private const string Version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw";

    private const string Version1 = """
        31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
        32 24 0:28 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
        33 24 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
        """;

    public static TheoryData<string, string, string, string, double?, long?> Machines => new()
    {
        { "no groups at all", "", "", "", null, null },
        { "version 2, unlimited", Version2, "0::/", "sys/fs/cgroup/cpu.max=max 100000;sys/fs/cgroup/memory.max=max", null, null },
        { "version 2 in a container", Version2, "0::/", "sys/fs/cgroup/cpu.max=25000 100000;sys/fs/cgroup/memory.max=134217728", 0.25, 134_217_728 },
        { "version 2, limits of the parent", Version2, "0::/pod/app", "sys/fs/cgroup/pod/cpu.max=150000 100000;sys/fs/cgroup/pod/app/cpu.max=max 100000;sys/fs/cgroup/pod/app/memory.max=1000", 1.5, 1_000 },
        { "version 2, the stricter of two", Version2, "0::/pod/app", "sys/fs/cgroup/pod/memory.max=500;sys/fs/cgroup/pod/app/memory.max=1000", null, 500 },
        { "version 2, outside of the namespace", Version2, "0::/../other", "sys/fs/cgroup/cpu.max=20000 100000", 0.2, null },
        { "version 1, unlimited", Version1, "2:memory:/\n1:cpu,cpuacct:/", "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us=-1;sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us=100000;sys/fs/cgroup/memory/memory.limit_in_bytes=9223372036854771712", null, null },
        { "version 1", Version1, "2:memory:/a\n1:cpu,cpuacct:/a\n3:name=systemd:/", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us=20000;sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us=100000;sys/fs/cgroup/memory/a/memory.limit_in_bytes=134217728", 0.2, 134_217_728 },
        { "version 1 in a container", "32 24 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory", "2:memory:/docker/abc", "sys/fs/cgroup/memory/memory.limit_in_bytes=1000", null, 1_000 },
        { "garbage", "a b c - \n- cgroup2\n30 23 0:26 / /sys/fs/cgroup rw - cgroup2 x", "0:/\nx\n0::/", "sys/fs/cgroup/cpu.max=a b c;sys/fs/cgroup/memory.max=-", null, null },
        { "a period of zero", Version2, "0::/", "sys/fs/cgroup/cpu.max=1000 0", null, null },
        { "a space in the path", "30 23 0:26 / /sys/fs/c\\040group rw - cgroup2 cgroup2 rw", "0::/", "sys/fs/c group/memory.max=5", null, 5 },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void Quota_and_limit_are_found(string machine, string mountinfo, string cgroup, string files, double? cpus, long? memory)
    {
        var root = Directory.CreateTempSubdirectory("cgroup").FullName;
        try
        {
            Write(root, "proc/self/mountinfo", mountinfo);
            Write(root, "proc/self/cgroup", cgroup);
            foreach (var file in files.Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = file.Split('=');
                Write(root, parts[0], parts[1] + "\n");
            }

            Assert.Equal((machine, new CgroupLimits(cpus, memory)), (machine, Cgroup.Read(root)));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void Where_nothing_can_be_read_there_is_no_limit() =>
        Assert.Equal(default, Cgroup.Read("/no/such/directory"));

    [Fact]
    public void Small_containers_get_small_buffers()
    {
        Assert.Equal(1, new Capacity(2, 0).BufferScale);
        Assert.Equal(1, new Capacity(2, 4L << 30).BufferScale);
        Assert.Equal(0.25, new Capacity(0.25, 128L << 20).BufferScale);
        Assert.InRange(Capacity.Of(new CgroupLimits(0.2, 1_000)).Cpus, 0.2, 0.2);
        Assert.Equal(1_000, Capacity.Of(new CgroupLimits(0.2, 1_000)).MemoryBytes);
        Assert.Equal(Environment.ProcessorCount, Capacity.Of(new CgroupLimits(500, null)).Cpus);
        var heap = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Assert.Equal(heap * 4 / 3, Capacity.Of(new CgroupLimits(1, heap * 4 / 3)).MemoryBytes); // a container's, of which the heap takes three quarters
        Assert.Equal(heap, Capacity.Of(new CgroupLimits(1, heap * 2)).MemoryBytes); // the heap was given less
        Assert.InRange(Capacity.Read().Cpus, 0.01, Environment.ProcessorCount);
    }

    [Theory]
    [InlineData("134217728", false, 2 << 20, "2 MB instead of 8, because this process may use 128 MB of memory; HistoryMegabytes decides otherwise.")]
    [InlineData("1000000", false, 1 << 20, "1 MB instead of 8")]
    [InlineData("134217728", true, 8 << 20, "")]
    [InlineData("536870912", false, 8 << 20, "")]
    [InlineData("max", false, 8 << 20, "")]
    public void History_takes_less_in_a_small_container_unless_somebody_chose_its_size(string limit, bool configured, long bytes, string sentence)
    {
        var root = Directory.CreateTempSubdirectory("cgroup").FullName;
        try
        {
            Write(root, "proc/self/mountinfo", Version2);
            Write(root, "proc/self/cgroup", "0::/");
            Write(root, "sys/fs/cgroup/memory.max", limit);

            var sizes = BufferSizes.Of(new Capacity(1, Cgroup.Read(root).MemoryBytes ?? 0), historyMegabytes: 8, configured);

            Assert.Equal(bytes, sizes.HistoryBytes);
            Assert.StartsWith(sentence, sizes.Sentence, StringComparison.Ordinal);
            Assert.Equal(sentence.Length == 0, sizes.Sentence.Length == 0);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Write(string root, string path, string text)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
