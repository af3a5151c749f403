using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Adds what one teller knows of a request to what is known of it: whatever the order in which they come, the row is the same. A part is a row in which only that is set.</summary>
internal static class UsageMerge
{
    private const int FirstError = 400;

    /// <param name="known">What is known so far, or null; changed.</param>
    /// <param name="part">What is told now; not changed.</param>
    /// <returns>The row as it is now, without its cost.</returns>
    public static UsageRow Add(UsageRow? known, UsageRow part)
    {
        if (known is null)
        {
            known = part.Clone();
        }
        else
        {
            Identity(known, part, Rank(part.Facts) > Rank(known.Facts));
            Model(known, part);
            End(known, part);
            Tokens(known, part);
            known.Time = part.Time < known.Time ? part.Time : known.Time;
            known.Facts |= part.Facts;
        }

        known.Outcome = OutcomeOf(known);
        return known;
    }

    // Who knows best who called.
    private static int Rank(UsageFacts facts) => facts switch
    {
        _ when facts.HasFlag(UsageFacts.Decided) => 4,
        _ when facts.HasFlag(UsageFacts.Recorded) => 3,
        _ when facts.HasFlag(UsageFacts.Logged) => 2,
        _ => 1,
    };

    private static void Identity(UsageRow known, UsageRow part, bool overrides)
    {
        known.KeyId = Choose(known.KeyId, part.KeyId, overrides);
        known.UserId = Choose(known.UserId, part.UserId, overrides);
        known.Tenant = Choose(known.Tenant, part.Tenant, overrides);
        known.App = Choose(known.App, part.App, overrides);
        known.Policy = Choose(known.Policy, part.Policy, overrides);
        known.Provider = Choose(known.Provider, part.Provider, overrides);
        known.Mode = Choose(known.Mode, part.Mode, overrides);
        known.Decision = Choose(known.Decision, part.Decision, overrides);
        known.Reason = Choose(known.Reason, part.Reason, overrides);
        known.Client = Choose(known.Client, part.Client, overrides);
        known.Path = Choose(known.Path, part.Path, overrides);
        known.ReservedMicros ??= part.ReservedMicros;
    }

    private static void Model(UsageRow known, UsageRow part)
    {
        var overrides = part.Facts.HasFlag(UsageFacts.IsResponseModel) && !known.Facts.HasFlag(UsageFacts.IsResponseModel);
        known.Model = Choose(known.Model, part.Model, overrides);
    }

    private static void End(UsageRow known, UsageRow part)
    {
        var overrides = part.Facts.HasFlag(UsageFacts.Logged);
        known.Status = overrides ? part.Status ?? known.Status : known.Status ?? part.Status;
        known.DurationMs = overrides ? part.DurationMs ?? known.DurationMs : known.DurationMs ?? part.DurationMs;
        known.RequestBytes = overrides ? part.RequestBytes ?? known.RequestBytes : known.RequestBytes ?? part.RequestBytes;
        known.ResponseBytes = overrides ? part.ResponseBytes ?? known.ResponseBytes : known.ResponseBytes ?? part.ResponseBytes;
        known.ErrorType = Choose(known.ErrorType, part.ErrorType, !overrides);
    }

    private static void Tokens(UsageRow known, UsageRow part)
    {
        known.InputTokens = part.InputTokens ?? known.InputTokens;
        known.OutputTokens = part.OutputTokens ?? known.OutputTokens;
        known.CachedReadTokens = part.CachedReadTokens ?? known.CachedReadTokens;
        known.CachedWriteTokens = part.CachedWriteTokens ?? known.CachedWriteTokens;
        known.ReasoningTokens = part.ReasoningTokens ?? known.ReasoningTokens;
    }

    private static string? OutcomeOf(UsageRow row) => row switch
    {
        { Decision: "deny" or "close" } => "denied",
        _ when row.Facts.HasFlag(UsageFacts.ClientLeft) => "client_disconnect",
        _ when row.Facts.HasFlag(UsageFacts.UpstreamFailed) || row.Status >= FirstError => "upstream_error",
        _ when !row.Facts.HasFlag(UsageFacts.Ended) => null,
        _ when row.Facts.HasFlag(UsageFacts.HasUsage) => "complete",
        _ => "no_usage",
    };

    private static string? Choose(string? known, string? told, bool overrides) => overrides ? told ?? known : known ?? told;
}
