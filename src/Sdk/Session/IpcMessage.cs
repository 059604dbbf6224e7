using System.Buffers.Binary;

namespace SelfProfiler.Session;

/// <summary>Messages of the runtime's diagnostics protocol: a 20-byte header, then a payload.</summary>
internal static class IpcMessage
{
    public const int HeaderBytes = 20;
    public const byte CollectTracing2 = 3;
    public const byte CollectTracing4 = 5;
    public const byte CollectTracing5 = 6;

    /// <summary>The runtime does not know the command: an older one.</summary>
    public const uint UnknownCommand = 0x80131385;

    private const byte StopTracing = 1;
    private const byte EventPipeSet = 2;
    private const byte ServerSet = 0xFF;
    private const uint NettraceFormat = 1;

    private static ReadOnlySpan<byte> Magic => "DOTNET_IPC_V1\0"u8;

    /// <summary>Starts a session. Later versions of the command can do more: 4 chooses the rundown and omits stacks, 5 filters by event id.</summary>
    public static byte[] Collect(SessionDefinition definition, byte version)
    {
        var payload = new IpcPayload();
        if (version == CollectTracing5)
        {
            payload.UInt32(0); // Into this connection.
        }

        payload.UInt32((uint)definition.BufferMegabytes);
        payload.UInt32(NettraceFormat);
        if (version == CollectTracing2)
        {
            payload.Bool(definition.RundownKeywords != 0);
        }
        else
        {
            payload.UInt64(definition.RundownKeywords);
            payload.Bool(definition.Stacks);
        }

        payload.UInt32(1 + (uint)definition.More.Length);
        Add(payload, definition.Provider, version);
        foreach (var provider in definition.More)
        {
            Add(payload, provider, version);
        }

        return WithHeader(version, payload.ToArray());
    }

    public static byte[] Stop(ulong session)
    {
        var payload = new IpcPayload();
        payload.UInt64(session);
        return WithHeader(StopTracing, payload.ToArray());
    }

    /// <summary>Length of the payload that follows a header of the runtime's; -1 when it is not one.</summary>
    public static int PayloadLength(ReadOnlySpan<byte> header) =>
        header.Length >= HeaderBytes && header.StartsWith(Magic)
            ? BinaryPrimitives.ReadUInt16LittleEndian(header[14..]) - HeaderBytes
            : -1;

    /// <summary>The answer: a session's id, or an error's number.</summary>
    public static bool TryReadAnswer(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, out ulong session, out uint error)
    {
        session = 0;
        error = 0;
        if (header[16] != ServerSet)
        {
            return false;
        }

        if (header[17] == 0)
        {
            return BinaryPrimitives.TryReadUInt64LittleEndian(payload, out session);
        }

        return BinaryPrimitives.TryReadUInt32LittleEndian(payload, out error);
    }

    private static void Add(IpcPayload payload, SessionProvider provider, byte version)
    {
        payload.UInt64(provider.Keywords);
        payload.UInt32(provider.Level);
        payload.String(provider.Name);
        payload.String("");
        if (version == CollectTracing5)
        {
            // "Enable these", or "disable none".
            payload.Bool(provider.Events.Length > 0);
            payload.UInt32((uint)provider.Events.Length);
            foreach (int id in provider.Events)
            {
                payload.UInt32((uint)id);
            }
        }
    }

    private static byte[] WithHeader(byte command, byte[] payload)
    {
        byte[] message = new byte[HeaderBytes + payload.Length];
        Magic.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        message[16] = EventPipeSet;
        message[17] = command;
        payload.CopyTo(message, HeaderBytes);
        return message;
    }
}
