using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Merges usage of one request. Commutative, associative and idempotent: the result does not depend on the order, grouping or repetition of
/// reports. Each group of columns comes from the source of the highest rank; between equal ranks the greater value wins.
/// </summary>
internal static class UsageMerge
{
    /// <param name="known">The row so far, or null; changed in place.</param>
    /// <param name="report">A report, or a row merged from reports; not changed.</param>
    /// <returns>The merged row, without its cost.</returns>
    public static UsageRow Add(UsageRow? known, RequestUsage report)
    {
        var facts = FactsOf(report);
        if (known is null)
        {
            known = UsageRow.From(report);
            known.Facts = facts;
        }
        else
        {
            var order = Rank(facts, report.Decision) - Rank(known.Facts, known.Decision);
            Identity(known, report, order);
            known.Time = order > 0 || (order == 0 && report.Time < known.Time) ? report.Time : known.Time;
            known.Model = Better(known.Model, report.Model, Compare(known.Facts, facts, UsageFacts.IsResponseModel));
            known.AskedModel = Better(known.AskedModel, report.AskedModel, 0);
            known.ErrorType = Better(known.ErrorType, report.ErrorType, Compare(known.Facts, facts, UsageFacts.IsOwnError));
            End(known, report, Compare(known.Facts, facts, UsageFacts.Logged));
            Tokens(known, report);
            known.ReservedMicros = Greater(known.ReservedMicros, report.ReservedMicros);
            known.Requests = Greater(known.Requests, report.Requests);
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
    private static UsageFacts FactsOf(RequestUsage report)
    {
        var facts = report.Facts;
        facts = report.Model is null ? facts & ~UsageFacts.IsResponseModel : facts;
        return report.ErrorType is null ? facts & ~UsageFacts.IsOwnError
            : facts.HasFlag(UsageFacts.Logged) ? facts
            : facts | UsageFacts.IsOwnError;
    }

    // The source that knows the caller best has the highest rank.
    // An Allow also outranks a denial of a repeat elsewhere: its request reached the upstream.
    private static int Rank(UsageFacts facts, string? decision) =>
        facts switch
        {
            _ when facts.HasFlag(UsageFacts.Decided) => decision == "allow" ? 6 : 5,
            _ when facts.HasFlag(UsageFacts.Abandoned) => 4,
            _ when facts.HasFlag(UsageFacts.Recorded) => 3,
            _ when facts.HasFlag(UsageFacts.Logged) => 2,
            _ => 1,
        };

    private static int Compare(UsageFacts known, UsageFacts reported, UsageFacts fact) =>
        ((int)(reported & fact)).CompareTo((int)(known & fact));

    private static void Identity(UsageRow known, RequestUsage report, int order)
    {
        known.KeyId = Better(known.KeyId, report.KeyId, order);
        known.KeyLine = Better(known.KeyLine, report.KeyLine, order);
        known.UserId = Better(known.UserId, report.UserId, order);
        known.SharedBudgets = Better(known.SharedBudgets, report.SharedBudgets, order);
        known.Tenant = Better(known.Tenant, report.Tenant, order);
        known.App = Better(known.App, report.App, order);
        known.Policy = Better(known.Policy, report.Policy, order);
        known.Provider = Better(known.Provider, report.Provider, order);
        known.Mode = Better(known.Mode, report.Mode, order);
        known.Decision = Better(known.Decision, report.Decision, order);
        known.Reason = Better(known.Reason, report.Reason, order);
        known.Detail = Better(known.Detail, report.Detail, order);
        known.Client = Better(known.Client, report.Client, order);
        known.Path = Better(known.Path, report.Path, order);
    }

    private static void End(UsageRow known, RequestUsage report, int order)
    {
        known.Status = (int?)Better(known.Status, report.Status, order);
        known.DurationMs = Better(known.DurationMs, report.DurationMs, order);
        known.RequestBytes = Better(known.RequestBytes, report.RequestBytes, order);
        known.ResponseBytes = Better(known.ResponseBytes, report.ResponseBytes, order);
    }

    // Counters report running totals.
    private static void Tokens(UsageRow known, RequestUsage report)
    {
        known.InputTokens = Greater(known.InputTokens, report.InputTokens);
        known.OutputTokens = Greater(known.OutputTokens, report.OutputTokens);
        known.CachedReadTokens = Greater(known.CachedReadTokens, report.CachedReadTokens);
        known.CachedWriteTokens = Greater(known.CachedWriteTokens, report.CachedWriteTokens);
        known.ReasoningTokens = Greater(known.ReasoningTokens, report.ReasoningTokens);
        known.SeenInputTokens = Greater(known.SeenInputTokens, report.SeenInputTokens);
        known.SeenOutputTokens = Greater(known.SeenOutputTokens, report.SeenOutputTokens);
        known.ObjectId = Better(known.ObjectId, report.ObjectId, 0);
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

    private static string? Better(string? known, string? reported, int order) =>
        order > 0 || (order == 0 && string.CompareOrdinal(reported, known) > 0) ? reported : known;

    private static long? Better(long? known, long? reported, int order) =>
        order > 0 ? reported
        : order < 0 ? known
        : Greater(known, reported);

    private static long? Greater(long? known, long? reported) => known > reported ? known : reported ?? known;
}
