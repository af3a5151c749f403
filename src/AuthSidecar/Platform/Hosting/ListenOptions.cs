using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// Section <c>Listen</c>. Addresses are <c>http://HOST:PORT</c> (port 0: the kernel's choice) or <c>unix:/path</c>; empty: not listened on.
/// </summary>
internal sealed class ListenOptions
{
    /// <summary>Envoy's questions; may not be off.</summary>
    public string Check { get; set; } = "http://127.0.0.1:9001";

    /// <summary>The gRPC services for others.</summary>
    public string Companion { get; set; } = "http://127.0.0.1:9002";

    /// <summary>Console, REST, liveness, readiness and metrics.</summary>
    public string Console { get; set; } = "http://127.0.0.1:9003";

    /// <summary>Where refused WebSockets are closed with a code.</summary>
    public string Closer { get; set; } = "http://127.0.0.1:9004";

    /// <summary>The relay, for WebSockets whose first message is their token.</summary>
    public string Relay { get; set; } = "";

    /// <summary>Accepts listeners on routable addresses without TLS: whoever reaches them can ask for decisions.</summary>
    public bool TrustNetwork { get; set; }

    /// <summary>
    /// Secrets of which each call to Check's listener carries one as <c>authorization: Bearer …</c>, health checks excepted; all are valid
    /// at once, so that they can be rotated; empty: none is asked for.
    /// </summary>
    [Reloads]
    public List<Secret> CheckSecrets { get; set; } = [];

    /// <summary>Uids that may connect where Check is a unix socket; empty: the sidecar's own and root.</summary>
    public List<int> CheckPeers { get; set; } = [];

    /// <summary>The certificate of the routable listeners.</summary>
    public TlsOptions Tls { get; set; } = new();
}

/// <summary>Section <c>Listen:Tls</c>: PEM files. <see cref="ClientCa"/> makes client certificates mandatory.</summary>
internal sealed class TlsOptions
{
    /// <summary>Certificate chain.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>Its private key.</summary>
    public string Key { get; set; } = "";

    /// <summary>Authorities whose client certificates are accepted.</summary>
    public string ClientCa { get; set; } = "";

    /// <summary>
    /// DNS names and URIs (<c>spiffe://…</c>) of which a client's certificate must have one as a subject alternative name, compared
    /// exactly, on every listener that asks for one; empty: any of <c>ClientCa</c>.
    /// </summary>
    public List<string> ClientNames { get; set; } = [];
}
