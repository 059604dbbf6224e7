using System.Runtime.InteropServices;

namespace SelfProfiler.SeccompHost;

/// <summary>A seccomp filter for all threads of this process that answers perf_event_open in a given way and allows everything else.</summary>
internal static unsafe partial class SeccompFilter
{
    private const int NoNewPrivileges = 38;
    private const int SetModeFilter = 1;
    private const int AllThreads = 1;

    private const uint Allow = 0x7FFF_0000;
    private const uint Kill = 0x8000_0000;
    private const uint Errno = 0x0005_0000;

    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;

    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public static void Install(string action)
    {
        var answer = action switch
        {
            "eperm" => Errno | 1,
            "enosys" => Errno | 38,
            "kill" => Kill,
            _ => throw new ArgumentException($"Unknown filter {action}."),
        };

        // The first word of what the filter sees is the number of the system call.
        Instruction[] program =
        [
            new(LoadWord, 0, 0, 0),
            new(JumpIfEqual, 0, 1, IsX64 ? 298u : 241u),
            new(Return, 0, 0, answer),
            new(Return, 0, 0, Allow),
        ];
        fixed (Instruction* first = program)
        {
            var header = new Header { Length = (ushort)program.Length, Instructions = first };
            if (Prctl(NoNewPrivileges, 1, 0, 0, 0) != 0 || Syscall(IsX64 ? 317 : 277, SetModeFilter, AllThreads, &header) != 0)
            {
                throw new InvalidOperationException($"The filter could not be installed: error {Marshal.GetLastPInvokeError()}.");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint operation, nint flags, Header* program);

    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    private struct Header
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
