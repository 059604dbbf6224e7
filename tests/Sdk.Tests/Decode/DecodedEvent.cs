using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SelfProfiler.Decode;

namespace SelfProfiler.Sdk.Tests.Decode;

/// <summary>An event as two readers can be compared by: everything it has, in a form that prints.</summary>
internal sealed record DecodedEvent(
    long Timestamp,
    long Thread,
    string Provider,
    int Id,
    int Version,
    string Payload,
    string? Stack) : IComparable<DecodedEvent>
{
    public static DecodedEvent Of(in EventRecord record, string provider) => new(
        record.Timestamp,
        record.Thread,
        provider,
        record.EventId,
        record.Version,
        Print(record.Payload),
        Print(record.Stack));

    public static string Print(ReadOnlySpan<byte> payload) => payload.Length <= 64
        ? Convert.ToHexString(payload)
        : $"{Convert.ToHexString(payload[..32])}… {payload.Length} bytes, {Convert.ToHexString(SHA256.HashData(payload)[..8])}";

    public static string Print(ReadOnlySpan<ulong> stack) => stack.Length <= 8
        ? string.Join(' ', stack.ToArray().Select(address => address.ToString("x")))
        : $"{stack[0]:x} … {stack[^1]:x} {stack.Length} frames, {Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(stack))[..8])}";

    public int CompareTo(DecodedEvent? other) => (Timestamp, Thread, Id, Payload).CompareTo((other!.Timestamp, other.Thread, other.Id, other.Payload));
}
