using System.Net;
using System.Net.Sockets;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// What is counted as one client: an IPv4 address, or an IPv6 network of 64 bits, of which one subscriber has all addresses.
/// </summary>
internal static class ClientSubscriber
{
    private const int NetworkBytes = 8;

    // NAT64 (RFC 6052, 2.1): the IPv4 address is in the last 4 bytes, and all IPv4 clients share the first 8.
    private static ReadOnlySpan<byte> Nat64 => [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <returns>IPv6: hexadecimal digits of the network; IPv4 in IPv6: that address; anything else as given.</returns>
    public static string Of(string address)
    {
        if (!address.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(address, out var ip))
        {
            return address;
        }

        if (ip.IsIPv4MappedToIPv6)
        {
            return ip.MapToIPv4().ToString();
        }

        if (ip.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        ReadOnlySpan<byte> bytes = ip.GetAddressBytes();
        return bytes.StartsWith(Nat64) ? new IPAddress(bytes[Nat64.Length..]).ToString() : Convert.ToHexString(bytes[..NetworkBytes]);
    }
}
