using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>
/// Adds what one teller knows of a request to what is known of it. Nothing depends on the order in which parts come, on how they were put together before, or on how often one comes:
/// of each group of columns the teller who knows it best says all of it, and of two who know it alike the greater value counts.
/// </summary>
internal static class UsageMerge
{
    private const int FirstError = 400;

    /// <param name="known">What is known so far, or null; changed.</param>
    /// <param name="part">What is told now, a row in which only that is set; not changed.</param>
    /// <returns>The row as it is now, without its cost.</returns>
    public static UsageRow Add(UsageRow? known, UsageRow part)
    {
        var facts = FactsOf(part);
        if (known is null)
        {
            known = part.Clone();
            known.Facts = facts;
        }
        else
        {
            var order = Rank(facts) - Rank(known.Facts);
            Identity(known, part, order);
            known.Time = order > 0 || (order == 0 && part.Time < known.Time) ? part.Time : known.Time;
            known.Model = Better(known.Model, part.Model, Compare(known.Facts, facts, UsageFacts.IsResponseModel));
            known.AskedModel = Better(known.AskedModel, part.AskedModel, 0);
            known.ErrorType = Better(known.ErrorType, part.ErrorType, Compare(known.Facts, facts, UsageFacts.IsOwnError));
            End(known, part, Compare(known.Facts, facts, UsageFacts.Logged));
            Tokens(known, part);
            known.ReservedMicros = Greater(known.ReservedMicros, part.ReservedMicros);
            known.Requests = Greater(known.Requests, part.Requests);
            known.Facts |= facts;
        }

        known.Outcome = OutcomeOf(known);
        if (known.Facts.HasFlag(UsageFacts.GeneratesNothing))
        {
            ForgetUsage(known);
        }

        return known;
    }

    /// <summary>Takes out of a row the usage that its answer shows and that is not its own.</summary>
    public static void ForgetUsage(UsageRow row)
    {
        row.InputTokens = row.OutputTokens = row.CachedReadTokens = row.CachedWriteTokens = row.ReasoningTokens = row.SeenInputTokens = row.SeenOutputTokens = null;
        row.Facts &= ~UsageFacts.HasUsage;
        row.Outcome = OutcomeOf(row);
    }

    // A part vouches only for what it says.
    private static UsageFacts FactsOf(UsageRow part)
    {
        var facts = part.Facts;
        facts = part.Model is null ? facts & ~UsageFacts.IsResponseModel : facts;
        return part.ErrorType is null ? facts & ~UsageFacts.IsOwnError
            : facts.HasFlag(UsageFacts.Logged) ? facts
            : facts | UsageFacts.IsOwnError;
    }

    // Who knows best who called.
    private static int Rank(UsageFacts facts) => facts switch
    {
        _ when facts.HasFlag(UsageFacts.Decided) => 4,
        _ when facts.HasFlag(UsageFacts.Recorded) => 3,
        _ when facts.HasFlag(UsageFacts.Logged) => 2,
        _ => 1,
    };

    private static int Compare(UsageFacts known, UsageFacts told, UsageFacts fact) => ((int)(told & fact)).CompareTo((int)(known & fact));

    private static void Identity(UsageRow known, UsageRow part, int order)
    {
        known.KeyId = Better(known.KeyId, part.KeyId, order);
        known.KeyLine = Better(known.KeyLine, part.KeyLine, order);
        known.UserId = Better(known.UserId, part.UserId, order);
        known.Purses = Better(known.Purses, part.Purses, order);
        known.Tenant = Better(known.Tenant, part.Tenant, order);
        known.App = Better(known.App, part.App, order);
        known.Policy = Better(known.Policy, part.Policy, order);
        known.Provider = Better(known.Provider, part.Provider, order);
        known.Mode = Better(known.Mode, part.Mode, order);
        known.Decision = Better(known.Decision, part.Decision, order);
        known.Reason = Better(known.Reason, part.Reason, order);
        known.Detail = Better(known.Detail, part.Detail, order);
        known.Client = Better(known.Client, part.Client, order);
        known.Path = Better(known.Path, part.Path, order);
    }

    private static void End(UsageRow known, UsageRow part, int order)
    {
        known.Status = (int?)Better(known.Status, part.Status, order);
        known.DurationMs = Better(known.DurationMs, part.DurationMs, order);
        known.RequestBytes = Better(known.RequestBytes, part.RequestBytes, order);
        known.ResponseBytes = Better(known.ResponseBytes, part.ResponseBytes, order);
    }

    // Whoever counts tells of the sum so far.
    private static void Tokens(UsageRow known, UsageRow part)
    {
        known.InputTokens = Greater(known.InputTokens, part.InputTokens);
        known.OutputTokens = Greater(known.OutputTokens, part.OutputTokens);
        known.CachedReadTokens = Greater(known.CachedReadTokens, part.CachedReadTokens);
        known.CachedWriteTokens = Greater(known.CachedWriteTokens, part.CachedWriteTokens);
        known.ReasoningTokens = Greater(known.ReasoningTokens, part.ReasoningTokens);
        known.SeenInputTokens = Greater(known.SeenInputTokens, part.SeenInputTokens);
        known.SeenOutputTokens = Greater(known.SeenOutputTokens, part.SeenOutputTokens);
        known.ObjectId = Better(known.ObjectId, part.ObjectId, 0);
    }

    private static string? OutcomeOf(UsageRow row) => row switch
    {
        { Decision: "deny" or "close" } => "denied",
        _ when row.Facts.HasFlag(UsageFacts.ClientLeft) && !row.Facts.HasFlag(UsageFacts.SawEnd) => "client_disconnect",
        _ when row.Facts.HasFlag(UsageFacts.UpstreamFailed) || row.Status >= FirstError => "upstream_error",
        _ when !row.Facts.HasFlag(UsageFacts.Ended) => null,
        _ when row.Facts.HasFlag(UsageFacts.HasUsage) && IsLastWord(row.Facts) => "complete",
        _ => "no_usage",
    };

    // Counts grow while a response goes on: of one that Envoy stopped showing, what was seen may be the least of it.
    private static bool IsLastWord(UsageFacts facts) => facts.HasFlag(UsageFacts.SawEnd) || facts.HasFlag(UsageFacts.Recorded) || !facts.HasFlag(UsageFacts.Observed);

    private static string? Better(string? known, string? told, int order) =>
        order > 0 || (order == 0 && string.CompareOrdinal(told, known) > 0) ? told : known;

    private static long? Better(long? known, long? told, int order) => order > 0 ? told : order < 0 ? known : Greater(known, told);

    private static long? Greater(long? known, long? told) => known > told ? known : told ?? known;
}
