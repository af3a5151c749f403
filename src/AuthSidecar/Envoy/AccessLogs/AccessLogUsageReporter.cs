using System.Globalization;
using AuthSidecar.Access.Policies;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using static AuthSidecar.Usage.Pipeline.UsageValues;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Reports how requests ended and, in case the decision's own report is lost, what Envoy knows of the decision.</summary>
internal sealed class AccessLogUsageReporter(UsageQueue queue, LiveOptions<PolicySet> policies)
{
    private const int Switching = StatusCodes.Status101SwitchingProtocols;
    private const int TimeDigits = 12;

    // A greater difference means a wrong clock.
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
        // Either side may end an open WebSocket, and Envoy reports both alike: not an error.
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

    // A decision's id begins with the request's time in milliseconds (UUIDv7).
    private static DateTimeOffset TimeOf(string decisionId, DateTimeOffset? started)
    {
        var asked = DateTimeOffset.UnixEpoch;
        var milliseconds = long.Parse(decisionId.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            asked = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        return started is { } start && (start - asked).Duration() <= _longestBetweenClocks ? start : asked;
    }
}
