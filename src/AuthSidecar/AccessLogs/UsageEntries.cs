using System.Globalization;
using AuthSidecar.Configuration;
using AuthSidecar.Storage;
using AuthSidecar.Usage;

namespace AuthSidecar.AccessLogs;

/// <summary>Tells usage how requests ended, and, should the decision's own word be lost, what Envoy knows of it.</summary>
internal sealed class UsageEntries(UsageQueue queue, SettingsMonitor settings)
{
    private const int FirstError = 400;
    private const int Switching = StatusCodes.Status101SwitchingProtocols;
    private const int TimeDigits = 12;

    // More is a clock that is wrong.
    private static readonly TimeSpan _longestBetweenClocks = TimeSpan.FromMinutes(1);

    public void Take(AccessLogEntry entry)
    {
        if (entry is { Phase: AccessLogPhase.Ended, IsCounted: false, End: { } end })
        {
            queue.Offer(PartOf(entry, end));
        }
    }

    private UsageRow PartOf(AccessLogEntry entry, RequestEnd end)
    {
        // Whoever leaves a socket ends it; Envoy says the same of either side.
        var isOpened = end.Status == Switching;
        var wasCut = end.WasCut && !end.HasClientLeft && !isOpened;
        var isRefusal = entry.Decision != "allow";
        var policy = settings.Current.Policies.ByName(entry.Policy);
        return new()
        {
            DecisionId = entry.DecisionId,
            Time = TimeOf(entry.DecisionId, end.Started),
            KeyId = Known(entry.KeyId),
            KeyLine = Known(entry.Told.KeyLine),
            UserId = entry.Subject == entry.KeyId ? null : Known(entry.Subject),
            Policy = Known(entry.Policy),
            Provider = policy?.Provider is null ? null : policy.Options.Provider,
            Mode = Known(entry.Mode),
            Decision = Known(entry.Decision),
            Reason = Known(entry.Reason),
            Status = end.Status,
            DurationMs = end.DurationMs,
            RequestBytes = end.RequestBytes,
            ResponseBytes = end.ResponseBytes,
            ErrorType = !isRefusal && (wasCut || end.Status >= FirstError) && end.Details is not ("via_upstream" or "direct_response") ? Known(end.Details) : null,
            Client = ClientNames.Of(end.UserAgent),
            Path = RowText.Path(end.Target),
            Facts = UsageFacts.Logged | UsageFacts.Ended
                | (end.HasClientLeft && !isOpened ? UsageFacts.ClientLeft : UsageFacts.None)
                | (wasCut ? UsageFacts.UpstreamFailed : UsageFacts.None),
        };
    }

    // A decision's id begins with the milliseconds at which it was asked for.
    private static DateTimeOffset TimeOf(string decisionId, DateTimeOffset? started)
    {
        var asked = DateTimeOffset.UnixEpoch;
        var milliseconds = long.Parse(decisionId.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            asked = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        return started is { } told && (told - asked).Duration() <= _longestBetweenClocks ? told : asked;
    }

    private static string? Known(string text) => text.Length == 0 ? null : text;
}
