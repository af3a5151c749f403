using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Why a call or connection was rejected.</summary>
internal enum CheckRefusal
{
    /// <summary>A call without one of <c>Listen:CheckSecrets</c>.</summary>
    Secret,

    /// <summary>A connection of a uid that is not among <c>Listen:CheckPeers</c>.</summary>
    Peer,

    /// <summary>A client certificate that has none of <c>Listen:Tls:ClientNames</c>; on any listener.</summary>
    Certificate,

    /// <summary>No client certificate, one that <c>Listen:Tls:ClientCa</c> did not issue, or one that is not valid now.</summary>
    Issuer,
}

/// <summary>Counts rejected peers and logs the latest of them, each reason once a minute.</summary>
internal sealed partial class CheckRefusals
{
    private readonly Counter<long> _refused;
    private readonly OutageLog[] _logs;
    private readonly ILogger<CheckRefusals> _logger;

    public CheckRefusals(IMeterFactory meters, TimeProvider time, ILogger<CheckRefusals> logger)
    {
        _refused = meters
            .Create(MeterNames.Sidecar)
            .CreateCounter<long>("authsidecar_peers_refused_total", null, "Calls and connections rejected before they were read.");
        _logs = [.. Enum.GetValues<CheckRefusal>().Select(_ => new OutageLog(time))];
        _logger = logger;
    }

    /// <param name="refusal">The reason.</param>
    /// <param name="peer">An address, a uid or the names of a certificate.</param>
    public void Add(CheckRefusal refusal, string peer)
    {
        _refused.Add(
            1,
            new KeyValuePair<string, object?>(
                "reason",
                refusal switch
                {
                    CheckRefusal.Secret => "secret",
                    CheckRefusal.Peer => "peer",
                    CheckRefusal.Certificate => "certificate",
                    _ => "issuer",
                }
            )
        );
        if (!_logs[(int)refusal].Fail())
        {
            return;
        }

        switch (refusal)
        {
            case CheckRefusal.Secret:
                LogSecret(peer);
                break;
            case CheckRefusal.Peer:
                LogPeer(peer);
                break;
            case CheckRefusal.Certificate:
                LogCertificate(peer);
                break;
            default:
                LogIssuer(peer);
                break;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Calls from {Peer} rejected: none of Listen:CheckSecrets. Envoy sends one with initial_metadata in each grpc_service."
    )]
    private partial void LogSecret(string peer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Connections from {Peer} to Listen:Check closed: uid not in Listen:CheckPeers.")]
    private partial void LogPeer(string peer);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Connections with the certificate of {Peer} closed: none of Listen:Tls:ClientNames."
    )]
    private partial void LogCertificate(string peer);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Connections from {Peer} closed in the TLS handshake: no valid client certificate of Listen:Tls:ClientCa."
    )]
    private partial void LogIssuer(string peer);
}
