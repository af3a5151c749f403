using System.Net;
using System.Net.Sockets;

namespace AuthSidecar.Administration.Devices;

/// <summary>Networks of clients by their addresses.</summary>
internal static class ClientNetwork
{
    private const int Ipv4Bytes = 3;
    private const int Ipv6Bytes = 6;

    /// <summary>True for addresses of one /24 (IPv4) or /48 (IPv6), and for two of this machine; false where one is unknown.</summary>
    public static bool AreSame(string? one, string? other) =>
        Read(one) is { } first
        && Read(other) is { } second
        && (
            (IPAddress.IsLoopback(first) && IPAddress.IsLoopback(second))
            || (first.AddressFamily == second.AddressFamily && NetworkOf(first).SequenceEqual(NetworkOf(second)))
        );

    /// <param name="address">The client's; false for null: unknown.</param>
    /// <param name="networks">In CIDR notation.</param>
    public static bool IsIn(string? address, IEnumerable<string> networks) =>
        Read(address) is { } client && networks.Any(text => IPNetwork.TryParse(text, out var network) && network.Contains(client));

    /// <returns>The /24 (IPv4) or /48 (IPv6) of an address, as hexadecimal digits; null: no address.</returns>
    public static string? Of(string? address) => Read(address) is { } client ? Convert.ToHexString(NetworkOf(client)) : null;

    private static IPAddress? Read(string? address) =>
        IPAddress.TryParse(address, out var read) ? (read.IsIPv4MappedToIPv6 ? read.MapToIPv4() : read) : null;

    private static ReadOnlySpan<byte> NetworkOf(IPAddress address) =>
        address.GetAddressBytes().AsSpan(0, address.AddressFamily == AddressFamily.InterNetwork ? Ipv4Bytes : Ipv6Bytes);
}
