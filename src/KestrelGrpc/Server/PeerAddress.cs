using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Server;

internal static class PeerAddress
{
    /// <summary>As gRPC names peers; a unix socket's client has no address.</summary>
    public static string Of(ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetwork } address => string.Create(CultureInfo.InvariantCulture, $"ipv4:{address}:{connection.RemotePort}"),
        var address => string.Create(CultureInfo.InvariantCulture, $"ipv6:[{address}]:{connection.RemotePort}"),
    };
}
