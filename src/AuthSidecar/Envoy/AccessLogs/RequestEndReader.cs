using System.Buffers;
using Envoy.Data.AccessLog.V3;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Reads the end of a request from an access log entry. Values out of range are unknown.</summary>
internal static class RequestEndReader
{
    private const int MillisecondsInSecond = 1000;
    private const int NanosInMillisecond = 1_000_000;
    private const int LongestDetails = 64;
    private static readonly long _lastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
    private static readonly SearchValues<char> _tokenCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_.");

    public static RequestEnd Read(HTTPAccessLogEntry written)
    {
        var common = written.CommonProperties;
        var (request, response) = (written.Request ?? new(), written.Response ?? new());
        var flags = common.ResponseFlags ?? new();
        var details = Token(response.ResponseCodeDetails);
        return new(response.ResponseCode is { } status and > 0 and < MillisecondsInSecond ? (int)status : null)
        {
            Started = At(common.StartTime),
            DurationMs = Milliseconds(common.Duration ?? common.TimeToLastDownstreamTxByte),
            RequestBytes = Bytes(request.RequestBodyBytes),
            ResponseBytes = Bytes(response.ResponseBodyBytes),
            Target = request.OriginalPath.Length > 0 ? request.OriginalPath : request.Path,
            UserAgent = request.UserAgent,
            Details = details,
            HasClientLeft =
                flags.DownstreamConnectionTermination
                || flags.DownstreamRemoteReset
                || flags.DownstreamProtocolError
                || details == "downstream_remote_disconnect",
            WasCut = IsCut(flags, details),
        };
    }

    private static bool IsCut(ResponseFlags flags, string details) =>
        flags.UpstreamConnectionTermination
        || flags.UpstreamRemoteReset
        || flags.UpstreamProtocolError
        || flags.LocalReset
        || flags.UpstreamRequestTimeout
        || flags.StreamIdleTimeout
        || flags.DurationTimeout
        || flags.UpstreamMaxStreamDurationReached
        || flags.OverloadManager
        || details == "upstream_reset_after_response_started";

    // A fixed token, optionally followed by parameters in braces or parentheses.
    private static string Token(string details)
    {
        var end = details.AsSpan().IndexOfAny("{(: ");
        var token = end < 0 ? details : details[..end];
        return token.Length > LongestDetails || token.AsSpan().ContainsAnyExcept(_tokenCharacters) ? "other" : token;
    }

    private static DateTimeOffset? At(Timestamp? written) =>
        written is { Nanos: >= 0 and < NanosInMillisecond * MillisecondsInSecond } && written.Seconds > 0 && written.Seconds <= _lastSecond
            ? DateTimeOffset.FromUnixTimeMilliseconds((written.Seconds * MillisecondsInSecond) + (written.Nanos / NanosInMillisecond))
            : null;

    private static long? Milliseconds(Duration? written) =>
        written is { Nanos: >= 0 } && written.Seconds is >= 0 and < int.MaxValue
            ? (written.Seconds * MillisecondsInSecond) + (written.Nanos / NanosInMillisecond)
            : null;

    private static long Bytes(ulong written) => (long)Math.Min(written, long.MaxValue);
}
