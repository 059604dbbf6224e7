using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SelfProfiler.Sdk.Tests.Serve.Port;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Fronts;

/// <summary>Applications in Development that listen in every way a request can come in: the endpoint is served unasked to whoever is surely on this machine.</summary>
public sealed class Doors : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sp-doors-").FullName;
    private readonly List<WebApplication> _apps = [];

    internal string UnixSocket => Path.Combine(_folder, "app.sock");

    internal string Folder => _folder;

    /// <summary>IPv4 of this machine alone; every address with the dual socket; HTTP/2 without TLS; and 127.0.0.1 again with ForwardedHeaders_Enabled.</summary>
    internal int Plain => PortOf(0, 0);

    internal int Dual => PortOf(0, 1);

    internal int Http2 => PortOf(0, 2);

    internal int Forwarding => PortOf(1, 0);

    /// <summary>An address of this machine that is not its own loopback; null when it has none.</summary>
    internal static IPAddress? Outside { get; } = Addresses()
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));

    /// <summary>Not in every container.</summary>
    internal static bool HasIPv6 { get; } = Addresses().Contains(IPAddress.IPv6Loopback);

    public async ValueTask InitializeAsync()
    {
        await StartAsync([], kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.ListenUnixSocket(UnixSocket);
        });
        await StartAsync(["--ForwardedHeaders_Enabled=true"], kestrel => kestrel.Listen(IPAddress.Loopback, 0));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A connection as the name of the door says: from which address to which socket.</summary>
    internal RawClient Knock(string door) => door switch
    {
        "127.0.0.1" => RawClient.To(Plain),
        "::ffff:127.0.0.1" => RawClient.To(Dual),
        "127.0.0.6" => From(IPAddress.Parse("127.0.0.6"), Dual),
        "::1" => new RawClient(new IPEndPoint(IPAddress.IPv6Loopback, Dual)),
        "outside" => new RawClient(new IPEndPoint(Outside!, Dual)),
        "unix" => new RawClient(new UnixDomainSocketEndPoint(UnixSocket)),
        "forwarding" => RawClient.To(Forwarding),
        _ => throw new ArgumentOutOfRangeException(nameof(door), door, "No such door."),
    };

    private static IEnumerable<IPAddress> Addresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address);

    // From that address: to 127.0.0.6 the system goes from 127.0.0.1 unless told otherwise.
    private static RawClient From(IPAddress address, int port) => new(new IPEndPoint(address, port), new IPEndPoint(address, 0));

    private int PortOf(int app, int address) => new Uri(_apps[app].Urls.ElementAt(address).Replace("[::]", "localhost", StringComparison.Ordinal)).Port;

    private async Task StartAsync(string[] arguments, Action<KestrelServerOptions> listen)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development", Args = arguments });
        builder.WebHost.ConfigureKestrel(listen);
        builder.Logging.ClearProviders();
        builder.Services.AddContinuousProfiling();
        var app = builder.Build();
        app.MapGet("/", () => "the application");
        await app.StartAsync();
        _apps.Add(app);
    }
}
