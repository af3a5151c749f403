using System.Globalization;
using AuthSidecar.Access.Policies;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using static AuthSidecar.Usage.Pipeline.UsageValues;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Reports the ends of requests, with the decision's metadata in case the report of Check is lost.</summary>
internal sealed class AccessLogUsageReporter(UsageQueue queue, LiveOptions<PolicySet> policies)
{
    private const int Switching = StatusCodes.Status101SwitchingProtocols;
    private const int TimeDigits = 12;

    // A larger difference between the clocks means that Envoy's is wrong.
    private static readonly TimeSpan _longestBetweenClocks = TimeSpan.FromMinutes(1);

    public void Report(AccessLogEntry entry)
    {
        if (entry is { Phase: AccessLogPhase.Ended, IsCounted: false, End: { } end })
        {
            queue.Record(ReportOf(entry, end));
        }
    }

    private UsageReport ReportOf(AccessLogEntry entry, RequestEnd end)
    {
        // Envoy reports the end of an open WebSocket alike for both sides, so it is not an error.
        var isOpened = end.Status == Switching;
        var wasCut = end.WasCut && !end.HasClientLeft && !isOpened;
        var isDenial = entry.Decision != "allow";
        var policy = policies.Current.ByName(entry.Policy);
        return new()
        {
            DecisionId = entry.DecisionId,
            Time = TimeOf(entry.DecisionId, end.Started),
            KeyId = NullIfEmpty(entry.KeyId),
            KeyLine = NullIfEmpty(entry.Facts.KeyLine),
            UserId = entry.Subject == entry.KeyId ? null : NullIfEmpty(entry.Subject),
            Policy = NullIfEmpty(entry.Policy),
            Provider = policy?.Provider is null ? null : policy.Options.Provider,
            Mode = NullIfEmpty(entry.Mode),
            Decision = NullIfEmpty(entry.Decision),
            Reason = NullIfEmpty(entry.Reason),
            Status = end.Status,
            DurationMs = end.DurationMs,
            RequestBytes = end.RequestBytes,
            ResponseBytes = end.ResponseBytes,
            ErrorType =
                !isDenial && (wasCut || end.Status >= FirstErrorStatus) && end.Details is not ("via_upstream" or "direct_response")
                    ? NullIfEmpty(end.Details)
                    : null,
            Client = ClientNames.Of(end.UserAgent),
            Path = RowText.Path(end.Target),
            Facts =
                UsageFacts.Logged
                | UsageFacts.Ended
                | (end.HasClientLeft && !isOpened ? UsageFacts.ClientLeft : UsageFacts.None)
                | (wasCut ? UsageFacts.UpstreamFailed : UsageFacts.None),
        };
    }

    // A decision id begins with its time in milliseconds (UUIDv7).
    private static DateTimeOffset TimeOf(string decisionId, DateTimeOffset? started)
    {
        var decided = DateTimeOffset.UnixEpoch;
        var milliseconds = long.Parse(decisionId.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            decided = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        return started is { } time && (time - decided).Duration() <= _longestBetweenClocks ? time : decided;
    }
}
