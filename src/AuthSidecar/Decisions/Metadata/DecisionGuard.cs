using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>
/// Lets through what Envoy reports of decisions that a sidecar made, and nothing else: every peer of the listener could otherwise report
/// about any caller.
/// </summary>
internal sealed partial class DecisionGuard(DecisionMacs macs, IMeterFactory meters, TimeProvider time, ILogger<DecisionGuard> logger)
{
    private readonly Counter<long> _refused = meters
        .Create(MeterNames.Sidecar)
        .CreateCounter<long>(
            "authsidecar_reports_refused_total",
            null,
            "Reports about decisions that were dropped because their MAC is missing or wrong."
        );

    private readonly OutageLog _log = new(time);

    /// <param name="facts">What is said of a decision.</param>
    /// <param name="source">Which service was called: <c>access_log</c> or <c>ext_proc</c>.</param>
    /// <param name="peer">Who called, for the log.</param>
    public bool Accepts(DecisionFacts facts, string source, string peer)
    {
        if (macs.IsRight(facts))
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
        Message = "A report from {Peer} over {Source} was dropped: the MAC of its decision is {Reason}. Expected for a minute after "
            + "an upgrade or a change of all peppers; otherwise the peer invents decisions, or another sidecar with other peppers "
            + "made them."
    )]
    private partial void LogRefused(string source, string peer, string reason);
}
