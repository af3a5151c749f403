namespace AuthSidecar.Hosting;

/// <summary>Section <c>Listen</c>. Addresses are <c>http://HOST:PORT</c> (port 0: the kernel's choice) or <c>unix:/path</c>; empty: not listened on.</summary>
internal sealed class ListenOptions
{
    public string Check { get; set; } = "http://127.0.0.1:9001";
    public string Companion { get; set; } = "http://127.0.0.1:9002";
    public string Console { get; set; } = "http://127.0.0.1:9003";
    public string Closer { get; set; } = "http://127.0.0.1:9004";
    public string Relay { get; set; } = "";

    /// <summary>Accepts listeners on routable addresses without TLS: whoever reaches them can ask for decisions.</summary>
    public bool TrustNetwork { get; set; }

    public TlsOptions Tls { get; set; } = new();
}

/// <summary>Section <c>Listen:Tls</c>: PEM files. <see cref="ClientCa"/> makes client certificates mandatory.</summary>
internal sealed class TlsOptions
{
    public string Certificate { get; set; } = "";
    public string Key { get; set; } = "";
    public string ClientCa { get; set; } = "";
}
