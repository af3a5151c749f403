using System.Globalization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Denials that name the budget: its owner, limit and reset date.</summary>
internal static class BudgetRefusals
{
    /// <param name="limit">The reached limit.</param>
    /// <param name="identity">The caller.</param>
    public static Denial Exceeded(AccountLimit limit, Identity identity)
    {
        var frees = FreesAt(limit);
        return Denials.BudgetExceeded with
        {
            Message = $"The budget of this {PeriodOf(limit)} is spent: {Name(limit, identity)}. It frees on {frees} at 00:00 UTC.",
            Plain = Plain(limit.LimitMicros),
            Detail = Detail(limit, identity),
        };
    }

    /// <param name="limit">The limit whose remainder is reserved by running requests.</param>
    /// <param name="identity">The caller.</param>
    public static Denial Reserved(AccountLimit limit, Identity identity) =>
        Denials.BudgetReserved with
        {
            Message = $"What is left of the budget is set aside for running requests: {Name(limit, identity)}.",
            Detail = Detail(limit, identity),
        };

    /// <summary>Millionths as dollars, with two to six decimals.</summary>
    public static string Dollars(long micros) => (micros / 1_000_000m).ToString("0.00####", CultureInfo.InvariantCulture);

    private static string Detail(AccountLimit limit, Identity identity) => $"{Name(limit, identity)}, frees {FreesAt(limit)}T00:00:00Z";

    private static string Name(AccountLimit limit, Identity identity)
    {
        var amount = $"US${Dollars(limit.LimitMicros)} a {PeriodOf(limit)}";
        var rotated = identity.KeyId == limit.Source.SubjectId ? "" : " and those rotated from it";
        return limit.Source switch
        {
            { SubjectId: null } => $"{amount} for each caller of issuer {IssuerOf(identity)} (default)",
            { Scope: BudgetScope.Group } => $"{amount} for each member of group {limit.Source.SubjectId}",
            { Scope: BudgetScope.Shared } => $"{amount} shared by all members of group {limit.Source.SubjectId}",
            { Scope: BudgetScope.Key } => $"{amount} for key {limit.Source.SubjectId}{rotated}",
            _ => $"{amount} for user {identity.Username ?? limit.Source.SubjectId}",
        };
    }

    private static string IssuerOf(Identity identity) =>
        ExternalPerson.TrySplit(identity.Person ?? "", out var issuer, out _) ? issuer : "";

    private static string PeriodOf(AccountLimit limit) => BudgetPeriods.Of(limit.Account.Name.PeriodId).ToString().ToLowerInvariant();

    // The first day of the following period.
    private static string FreesAt(AccountLimit limit) =>
        BudgetPeriods.EndOf(limit.Account.Name.PeriodId).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    // Coder's text, which its clients match.
    private static string Plain(long limitMicros) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"AI budget of US${limitMicros / 1_000_000m:F2} exceeded. Please contact an administrator for more details."
        );
}
