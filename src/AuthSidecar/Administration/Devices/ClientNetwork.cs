namespace AuthSidecar.Administration.Devices;

/// <summary>Proximity of two clients by their addresses.</summary>
internal static class ClientNetwork
{
    /// <summary>True for addresses of one /24 (IPv4) or /48 (IPv6); false where one is unknown.</summary>
    public static bool AreSame(string? one, string? other) => throw new NotImplementedException();
}
