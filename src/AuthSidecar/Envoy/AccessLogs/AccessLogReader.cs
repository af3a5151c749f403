using System.Buffers;
using AuthSidecar.Decisions.Metadata;
using Envoy.Data.AccessLog.V3;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Reads Envoy's access log entries. Never throws; unreadable entries are malformed.</summary>
internal static class AccessLogReader
{
    private const string Namespace = "envoy.filters.http.ext_authz";
    private const int DecisionIdLength = 32;
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789abcdef");

    /// <param name="written">Envoy's entry.</param>
    /// <param name="entry">The entry; null when it has no readable decision.</param>
    public static AccessLogResult Read(HTTPAccessLogEntry written, out AccessLogEntry? entry)
    {
        entry = null;

        // Without a decision: Envoy answered before ext_authz.
        if (written.CommonProperties?.Metadata?.FilterMetadata.TryGetValue(Namespace, out var decision) is not true)
        {
            return AccessLogResult.Undecided;
        }

        var facts = DecisionFacts.Of(decision!);
        var id = facts.Id;
        if (id.Length != DecisionIdLength || id.AsSpan().ContainsAnyExcept(_digits))
        {
            return AccessLogResult.Malformed;
        }

        var phase = written.CommonProperties.AccessLogType switch
        {
            AccessLogType.DownstreamTunnelSuccessfullyEstablished => AccessLogPhase.Opened,
            AccessLogType.DownstreamPeriodic => AccessLogPhase.Alive,
            AccessLogType.DownstreamEnd => AccessLogPhase.Ended,
            _ => AccessLogPhase.Other,
        };
        var isSocket = facts.Socket == "allow";
        entry = new(phase, facts, isSocket) { End = phase == AccessLogPhase.Ended ? RequestEndReader.Read(written) : null };
        return isSocket ? AccessLogResult.Socket : AccessLogResult.Request;
    }
}
