using System.Buffers;
using AuthSidecar.ExtAuthz;
using Envoy.Data.AccessLog.V3;

namespace AuthSidecar.AccessLogs;

/// <summary>From Envoy's words to ours. What it cannot read is nothing, and never an exception.</summary>
internal static class AccessLogReader
{
    private const string Namespace = "envoy.filters.http.ext_authz";
    private const int DecisionIdLength = 32;
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789abcdef");

    /// <param name="written">As Envoy sent it.</param>
    /// <param name="entry">What it says, or null.</param>
    public static AccessLogResult Read(HTTPAccessLogEntry written, out AccessLogEntry? entry)
    {
        entry = null;

        // Without a decision: answered by Envoy before it asked.
        if (written.CommonProperties?.Metadata?.FilterMetadata.TryGetValue(Namespace, out var decision) is not true)
        {
            return AccessLogResult.Undecided;
        }

        var told = DecisionFacts.Of(decision!);
        var id = told.Id;
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
        var isSocket = told.Socket == "allow";
        entry = new(phase, told, isSocket)
        {
            End = phase == AccessLogPhase.Ended ? RequestEndReader.Read(written) : null,
        };
        return isSocket ? AccessLogResult.Socket : AccessLogResult.Request;
    }
}
