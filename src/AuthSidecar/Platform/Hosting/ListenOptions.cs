using System.ComponentModel.DataAnnotations;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// Section <c>Listen</c>. Addresses are <c>http://HOST:PORT</c> (port 0: the kernel chooses) or <c>unix:/path</c>; empty: no listener.
/// </summary>
internal sealed class ListenOptions
{
    /// <summary>Listener of Check, for Envoy; may not be empty.</summary>
    public string Check { get; set; } = "http://127.0.0.1:9001";

    /// <summary>Listener of the companion's gRPC services.</summary>
    public string Companion { get; set; } = "http://127.0.0.1:9002";

    /// <summary>Listener of console, REST, liveness, readiness and metrics.</summary>
    public string Console { get; set; } = "http://127.0.0.1:9003";

    /// <summary>Listener that closes denied WebSockets with a code.</summary>
    public string Closer { get; set; } = "http://127.0.0.1:9004";

    /// <summary>Listener of the relay, for WebSockets whose first message is their credential.</summary>
    public string Relay { get; set; } = "";

    /// <summary>Listener of liveness, readiness and metrics alone, without TLS, on any address.</summary>
    public string Probe { get; set; } = "";

    /// <summary>Accepts listeners on routable addresses without TLS: every host that reaches them can call Check.</summary>
    public bool TrustNetwork { get; set; }

    /// <summary>
    /// Secrets of which each call to Check's listener must carry one as <c>authorization: Bearer …</c>, except health checks. All are valid
    /// at once, for rotation. Empty: none is required.
    /// </summary>
    [Reloads]
    public List<Secret> CheckSecrets { get; set; } = [];

    /// <summary>Uids that may connect when Check is a unix socket. Empty: the sidecar's own and root.</summary>
    public List<int> CheckPeers { get; set; } = [];

    /// <summary>
    /// Maximum length in bytes of a message to Check's listener: the headers of a request and its body, which Envoy's
    /// <c>max_request_bytes</c> limits. Longer ones are denied with <c>internal_error</c>.
    /// </summary>
    [Range(1024 * 1024, 256 * 1024 * 1024)]
    public int MaxCheckBytes { get; set; } = 33 * 1024 * 1024;

    /// <summary>Certificate of the routable listeners.</summary>
    public TlsOptions Tls { get; set; } = new();
}

/// <summary>
/// Section <c>Listen:Tls</c>: PEM files, whose new content is in force for new connections. <see cref="ClientCa"/> makes client
/// certificates mandatory.
/// </summary>
internal sealed class TlsOptions
{
    /// <summary>Certificate chain.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>Private key of the certificate.</summary>
    public string Key { get; set; } = "";

    /// <summary>Authorities of accepted client certificates; makes client certificates mandatory.</summary>
    public string ClientCa { get; set; } = "";

    /// <summary>
    /// DNS names and URIs (<c>spiffe://…</c>), of which a client certificate must have one as a subject alternative name; compared exactly,
    /// on every listener with client certificates. Empty: any certificate of <c>ClientCa</c>.
    /// </summary>
    public List<string> ClientNames { get; set; } = [];
}
