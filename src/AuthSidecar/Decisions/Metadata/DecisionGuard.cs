using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>
/// Accepts Envoy's reports only about decisions with a valid MAC; otherwise every peer of the listener could report usage for any caller.
/// </summary>
internal sealed partial class DecisionGuard(DecisionMacs macs, IMeterFactory meters, TimeProvider time, ILogger<DecisionGuard> logger)
{
    private readonly Counter<long> _refused = meters
        .Create(MeterNames.Sidecar)
        .CreateCounter<long>(
            "authsidecar_reports_refused_total",
            null,
            "Reports dropped because the MAC of their decision is missing or wrong."
        );

    private readonly OutageLog _log = new(time);

    /// <param name="facts">The facts reported about a decision.</param>
    /// <param name="source">The service that received the report: <c>access_log</c> or <c>ext_proc</c>.</param>
    /// <param name="peer">Address of the reporting peer, for the log.</param>
    public bool Accepts(DecisionFacts facts, string source, string peer)
    {
        if (macs.IsValid(facts))
        {
            _log.Recover();
            return true;
        }

        var reason = facts.Mac.Length == 0 ? "missing" : "wrong";
        _refused.Add(1, new("source", source), new("reason", reason));
        if (_log.Fail())
        {
            LogRefused(source, peer, reason);
        }

        return false;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Report from {Peer} over {Source} dropped: MAC of its decision {Reason}. Expected for a minute after an upgrade or a "
            + "change of all peppers; otherwise the peer forges decisions, or a sidecar with other peppers made them."
    )]
    private partial void LogRefused(string source, string peer, string reason);
}
