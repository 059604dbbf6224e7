using System.Security.Cryptography;
using System.Text;

namespace SelfProfiler.Exporter.Push;

/// <summary>How a push lies on disk: magic, a checksum over all that follows, then path, content type and body.</summary>
internal static class SpoolFile
{
    private const int ChecksumLength = 32;

    private static ReadOnlySpan<byte> Magic => "SPSPOOL1"u8;

    public static byte[] Write(PushRequest push)
    {
        using var buffer = new MemoryStream(push.Body.Length + 256);
        using (var writer = new BinaryWriter(buffer, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(new byte[ChecksumLength]);
            writer.Write(push.Path);
            writer.Write(push.ContentType);
            writer.Write(push.Gzip);
            writer.Write(push.Body.Length);
            writer.Write(push.Body);
        }

        var file = buffer.ToArray();
        SHA256.HashData(file.AsSpan(Magic.Length + ChecksumLength), file.AsSpan(Magic.Length, ChecksumLength));
        return file;
    }

    /// <returns>Null when the file is damaged: cut short, overwritten, or none of ours.</returns>
    public static PushRequest? Read(byte[] file)
    {
        var head = Magic.Length + ChecksumLength;
        if (file.Length < head
            || !file.AsSpan().StartsWith(Magic)
            || !file.AsSpan(Magic.Length, ChecksumLength).SequenceEqual(SHA256.HashData(file.AsSpan(head))))
        {
            return null;
        }

        using var reader = new BinaryReader(new MemoryStream(file, head, file.Length - head), Encoding.UTF8);
        return new PushRequest(reader.ReadString(), reader.ReadString(), reader.ReadBoolean(), reader.ReadBytes(reader.ReadInt32()));
    }
}
