using System.Buffers;
using Envoy.Data.AccessLog.V3;
using Google.Protobuf.WellKnownTypes;

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

        var id = Text(decision!, "decision_id");
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
        var isSocket = Text(decision!, "ws") == "allow";
        entry = new(phase, id, Text(decision!, "subject"), isSocket)
        {
            Decision = Text(decision!, "decision"),
            Reason = Text(decision!, "reason"),
            KeyId = Text(decision!, "key_id"),
            Mode = Text(decision!, "auth_mode"),
            Policy = Text(decision!, "policy"),
            End = phase == AccessLogPhase.Ended ? RequestEndReader.Read(written) : null,
        };
        return isSocket ? AccessLogResult.Socket : AccessLogResult.Request;
    }

    private static string Text(Struct metadata, string name) => metadata.Fields.TryGetValue(name, out var value) ? value.StringValue : "";
}
