namespace AuthSidecar.Administration.Reports;

/// <summary>State of the sidecar for admins.</summary>
/// <param name="Days">Number of days, including today.</param>
/// <param name="From">The first day (UTC).</param>
/// <param name="To">Today (UTC).</param>
/// <param name="Requests">Number of requests, including denied ones.</param>
/// <param name="CostMicroUsd">Sum of the known costs in millionths of the currency; null: no cost is known.</param>
/// <param name="ByDay">Sums of the days that have requests, ascending.</param>
/// <param name="TopUsers">By cost, at most ten, as are the next two.</param>
/// <param name="Refusals">Denied requests of these days, as far as they are kept, the most frequent reason first.</param>
/// <param name="RefusalsSince">Begin of the first day.</param>
/// <param name="Warnings">What an admin should look at; empty: nothing.</param>
/// <param name="Users">Number of users that are not deleted.</param>
/// <param name="Keys">Number of keys in force.</param>
/// <param name="Prices">Number of prices.</param>
/// <param name="Budgets">Number of budgets.</param>
internal sealed record OverviewDocument(
    int Days,
    DateOnly From,
    DateOnly To,
    long Requests,
    long? CostMicroUsd,
    IReadOnlyList<UsageSum> ByDay,
    IReadOnlyList<NamedSum> TopUsers,
    IReadOnlyList<NamedSum> TopModels,
    IReadOnlyList<NamedSum> TopKeys,
    IReadOnlyList<RefusalCount> Refusals,
    DateTimeOffset RefusalsSince,
    IReadOnlyList<OverviewWarning> Warnings,
    int Users,
    int Keys,
    int Prices,
    int Budgets
);

/// <param name="Id">Id of the user or key, or the model; null: unknown.</param>
/// <param name="Name">Name of the user or key; null: none.</param>
/// <param name="CostMicroUsd">As of <see cref="UsageSum"/>.</param>
internal sealed record NamedSum(string? Id, string? Name, long Requests, long? CostMicroUsd);

/// <param name="Reason">Reason of the denials.</param>
internal sealed record RefusalCount(string Reason, long Requests);

/// <param name="Code"><c>usage_dropped</c>, <c>dead_letters</c>, <c>missing_prices</c>, <c>master_key</c>, <c>configuration</c> or
/// <c>keys_expiring</c>.</param>
/// <param name="Message">For people.</param>
/// <param name="Items">What it concerns, such as models; may be shortened.</param>
internal sealed record OverviewWarning(string Code, string Message, IReadOnlyList<string> Items);

/// <summary>Reads the current warnings of the configuration; they hold no secret.</summary>
internal sealed record ConfigurationWarnings(Func<IReadOnlyList<string>> Read);
