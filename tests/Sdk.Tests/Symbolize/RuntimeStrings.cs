using System.Diagnostics.Tracing;
using SelfProfiler.Decode;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Sdk.Tests.Symbolize;

/// <summary>Compiles the shop and keeps what the runtime says of each method: real strings, addresses and tokens.</summary>
internal sealed class RuntimeStrings
{
    private static readonly Lazy<RuntimeStrings> Once = new(() => new RuntimeStrings());

    private RuntimeStrings()
    {
        Map.AddModule(new ModuleLoad { ModuleId = 1, ILPath = typeof(Shop.Exercise).Assembly.Location });
        using var listener = new Listener();
        Shop.Exercise.All();
        string last = nameof(Shop.Exercise.Last);
        if (!SpinWait.SpinUntil(() => listener.Snapshot().Any(m => m.Namespace == "Shop.Exercise" && m.Name == last), TimeSpan.FromSeconds(30)))
        {
            throw new TimeoutException("The runtime did not tell of the last method.");
        }

        Methods = [.. listener.Snapshot().Where(IsOurs)];
        foreach (var m in Methods)
        {
            bool dynamic = (m.Flags & 1) != 0;
            Map.Add(new MethodLoad
            {
                MethodId = m.MethodId,
                ModuleId = dynamic ? 0UL : 1,
                Start = m.Start,
                Size = m.Size,
                Token = m.Token,
                Flags = m.Flags,
                Namespace = m.Namespace,
                Name = m.Name,
                Signature = m.Signature,
            });
        }
    }

    public static RuntimeStrings Shared => Once.Value;

    public IReadOnlyList<Method> Methods { get; }

    public MethodMap Map { get; } = new();

    private static bool IsOurs(Method m) =>
        m.Namespace.StartsWith("Shop.", StringComparison.Ordinal) || m.Namespace.StartsWith("<>", StringComparison.Ordinal)
        || m is { Namespace: "dynamicClass", Name: "Thrice" or "lambda_method1" or "IL_STUB_PInvoke" };

    internal sealed record Method(ulong MethodId, ulong Start, uint Size, uint Token, uint Flags, string Namespace, string Name, string Signature);

    private sealed class Listener : EventListener
    {
        private readonly Lock _gate = new();
        private readonly List<Method> _methods = [];

        public Method[] Snapshot()
        {
            lock (_gate)
            {
                return [.. _methods];
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
            {
                EnableEvents(eventSource, EventLevel.Verbose, (EventKeywords)0x10);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData is { EventId: 143, Payload: { Count: > 8 } p })
            {
                lock (_gate)
                {
                    _methods.Add(new Method((ulong)p[0]!, (ulong)p[2]!, (uint)p[3]!, (uint)p[4]!, (uint)p[5]!, (string)p[6]!, (string)p[7]!, (string)p[8]!));
                }
            }
        }
    }
}
