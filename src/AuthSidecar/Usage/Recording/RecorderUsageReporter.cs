using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using static AuthSidecar.Usage.Pipeline.UsageValues;

namespace AuthSidecar.Usage.Recording;

/// <summary>
/// Reports the usage of interceptions in the transaction of their records. The id has no dashes: an interception with a decision's id
/// shares that decision's row.
/// </summary>
internal static class RecorderUsageReporter
{
    private const string ClientLeft = "client_disconnect";

    /// <summary>Reports the start.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="interception">The new interception.</param>
    /// <param name="key">Its key; null: unknown here.</param>
    /// <param name="sharedBudgets">As <see cref="RequestUsage.SharedBudgets"/>.</param>
    /// <param name="userAgent">Names the client program when the record does not.</param>
    public static void Report(RecordSession session, Interception interception, ApiKey? key, string? sharedBudgets, string userAgent)
    {
        var report = ReportOf(interception);
        report.KeyId = interception.ApiKeyId;
        report.KeyLine = key?.LineId;
        report.UserId = PersonOf(interception, key);
        report.SharedBudgets = report.UserId == interception.InitiatorId ? sharedBudgets : null;
        report.Tenant = key?.Tenant;
        report.Provider = NullIfEmpty(interception.ProviderName);
        report.Model = RowText.Name(interception.Model);
        report.Mode = interception.CredentialKind;
        report.Client = interception.Client ?? ClientNames.Of(userAgent);
        session.Record(report);
    }

    /// <summary>Reports the end.</summary>
    public static void Report(RecordSession session, Interception interception)
    {
        var report = ReportOf(interception);
        report.DurationMs = (long)(interception.EndedAt!.Value - interception.StartedAt).TotalMilliseconds;
        report.ErrorType = interception.ErrorType;
        report.Facts |=
            UsageFacts.Ended
            | (
                interception switch
                {
                    { ErrorType: null, ErrorMessage: null } => UsageFacts.None,
                    { ErrorType: ClientLeft } => UsageFacts.ClientLeft,
                    _ => UsageFacts.UpstreamFailed,
                }
            );
        session.Record(report);
    }

    /// <summary>Reports the tokens of all records so far.</summary>
    public static void Report(RecordSession session, Interception interception, TokenSums sums) =>
        session.Record(TokensOf(interception, sums));

    /// <summary>Usage of a single record, for its price.</summary>
    public static UsageRow ToPrice(Interception interception, TokenUsage record)
    {
        var sums = new TokenSums();
        sums.Add(record, record);
        var row = UsageRow.From(TokensOf(interception, sums));
        row.Provider = NullIfEmpty(interception.ProviderName);
        row.Model = NullIfEmpty(interception.Model);
        return row;
    }

    private static UsageReport TokensOf(Interception interception, TokenSums sums)
    {
        var report = ReportOf(interception);
        report.InputTokens = sums.Input;
        report.OutputTokens = sums.Output;
        report.CachedReadTokens = sums.CacheRead;
        report.CachedWriteTokens = sums.CacheWrite;
        report.Facts |= UsageFacts.HasUsage;
        return report;
    }

    // A service key's owner does not pay for it; callers of an external issuer have no user id here.
    private static string? PersonOf(Interception interception, ApiKey? key) =>
        key switch
        {
            { Subject: SubjectType.Service } => null,
            { Format: KeyFormat.Ase, ExternalIssuer: { } issuer, ExternalSubject: { } subject } => ExternalPerson.Of(issuer, subject),
            _ => interception.InitiatorId,
        };

    private static UsageReport ReportOf(Interception interception) =>
        new()
        {
            DecisionId = interception.Id.Replace("-", "", StringComparison.Ordinal),
            Time = interception.StartedAt,
            Facts = UsageFacts.Recorded,
        };
}
