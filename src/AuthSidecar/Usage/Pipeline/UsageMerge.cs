using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Merges usage of one request. Commutative, associative and idempotent: the result does not depend on the order, grouping or repetition of
/// reports.
/// Each group of columns comes from the source of the highest rank; between equal ranks the greater value wins.
/// </summary>
internal static class UsageMerge
{
    /// <param name="known">The row so far, or null; changed in place.</param>
    /// <param name="part">A report, or a row already merged from reports; not changed.</param>
    /// <returns>The merged row, without its cost.</returns>
    public static UsageRow Add(UsageRow? known, RequestUsage part)
    {
        var facts = FactsOf(part);
        if (known is null)
        {
            known = UsageRow.From(part);
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

    /// <summary>Removes usage that the response shows but that is billed to another request.</summary>
    public static void ForgetUsage(UsageRow row)
    {
        row.InputTokens =
            row.OutputTokens =
            row.CachedReadTokens =
            row.CachedWriteTokens =
            row.ReasoningTokens =
            row.SeenInputTokens =
            row.SeenOutputTokens =
                null;
        row.Facts &= ~UsageFacts.HasUsage;
        row.Outcome = OutcomeOf(row);
    }

    // A source claims only the columns that it sets.
    private static UsageFacts FactsOf(RequestUsage part)
    {
        var facts = part.Facts;
        facts = part.Model is null ? facts & ~UsageFacts.IsResponseModel : facts;
        return part.ErrorType is null ? facts & ~UsageFacts.IsOwnError
            : facts.HasFlag(UsageFacts.Logged) ? facts
            : facts | UsageFacts.IsOwnError;
    }

    // The source that knows the caller best has the highest rank.
    private static int Rank(UsageFacts facts) =>
        facts switch
        {
            _ when facts.HasFlag(UsageFacts.Decided) => 4,
            _ when facts.HasFlag(UsageFacts.Recorded) => 3,
            _ when facts.HasFlag(UsageFacts.Logged) => 2,
            _ => 1,
        };

    private static int Compare(UsageFacts known, UsageFacts told, UsageFacts fact) => ((int)(told & fact)).CompareTo((int)(known & fact));

    private static void Identity(UsageRow known, RequestUsage part, int order)
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

    private static void End(UsageRow known, RequestUsage part, int order)
    {
        known.Status = (int?)Better(known.Status, part.Status, order);
        known.DurationMs = Better(known.DurationMs, part.DurationMs, order);
        known.RequestBytes = Better(known.RequestBytes, part.RequestBytes, order);
        known.ResponseBytes = Better(known.ResponseBytes, part.ResponseBytes, order);
    }

    // Counters report running totals.
    private static void Tokens(UsageRow known, RequestUsage part)
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

    private static string? OutcomeOf(UsageRow row) =>
        row switch
        {
            { Decision: "deny" or "close" } => "denied",
            _ when row.Facts.HasFlag(UsageFacts.ClientLeft) && !row.Facts.HasFlag(UsageFacts.SawEnd) => "client_disconnect",
            _ when row.Facts.HasFlag(UsageFacts.UpstreamFailed) || row.Status >= UsageValues.FirstErrorStatus => "upstream_error",
            _ when !row.Facts.HasFlag(UsageFacts.Ended) => null,
            _ when row.Facts.HasFlag(UsageFacts.HasUsage) && IsFinalCount(row.Facts) => "complete",
            _ => "no_usage",
        };

    // Counts grow during a response: an observation that ended early may have seen only part of them.
    private static bool IsFinalCount(UsageFacts facts) =>
        facts.HasFlag(UsageFacts.SawEnd) || facts.HasFlag(UsageFacts.Recorded) || !facts.HasFlag(UsageFacts.Observed);

    private static string? Better(string? known, string? told, int order) =>
        order > 0 || (order == 0 && string.CompareOrdinal(told, known) > 0) ? told : known;

    private static long? Better(long? known, long? told, int order) =>
        order > 0 ? told
        : order < 0 ? known
        : Greater(known, told);

    private static long? Greater(long? known, long? told) => known > told ? known : told ?? known;
}
