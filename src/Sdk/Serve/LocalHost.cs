using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SelfProfiler.Serve;

/// <summary>Decides whether a peer or the name in a Host header is this machine. A name that only resolves to it is not: whoever owns a name decides what it resolves to (DNS rebinding).</summary>
internal static class LocalHost
{
    /// <summary>The other end of the connection is on this machine. <c>::ffff:127.0.0.6</c> is 127.0.0.6 on a dual-mode socket.</summary>
    public static bool IsLoopbackPeer(EndPoint? peer) =>
        peer is IPEndPoint { Address: var address } && IPAddress.IsLoopback(Plain(address));

    /// <summary>A Host header that can only mean this machine.</summary>
    public static bool IsLocalName(string host)
    {
        if (!TrySplit(host, out var name))
        {
            return false;
        }

        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals("localhost.", StringComparison.OrdinalIgnoreCase)
            || (TryAddress(name, out var address) && IPAddress.IsLoopback(Plain(address)));
    }

    /// <summary>A Host header that names an address, and hence cannot be rebound by whoever owns a name.</summary>
    public static bool IsAddress(string host) =>
        TrySplit(host, out var name) && TryAddress(name, out var address) && !IsUnspecified(Plain(address));

    private static bool IsUnspecified(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Splits off the port; false when what is left could not be a name or there is an odd port.</summary>
    private static bool TrySplit(string host, out string name)
    {
        name = host;
        var colon = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : host.IndexOf(':', StringComparison.Ordinal);
        if (host.StartsWith('[') && colon == 0)
        {
            return false;
        }

        if (colon > 0 && colon < host.Length)
        {
            name = host[..colon];
            var port = host.AsSpan(colon + 1);
            return host[colon] == ':' && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        }

        return host.Length > 0 && colon != 0;
    }

    /// <summary>Only spelled in full: <c>127.1</c>, <c>0x7f000001</c> and <c>2130706433</c> come from no browser and no tool.</summary>
    private static bool TryAddress(string name, out IPAddress address)
    {
        address = IPAddress.None;
        if (name.StartsWith('['))
        {
            return name.EndsWith(']') && !name.Contains('%', StringComparison.Ordinal)
                && IPAddress.TryParse(name.AsSpan(1, name.Length - 2), out address!)
                && address.AddressFamily == AddressFamily.InterNetworkV6;
        }

        return IPAddress.TryParse(name, out address!) && address.AddressFamily == AddressFamily.InterNetwork
            && string.Equals(address.ToString(), name, StringComparison.Ordinal);
    }
}
