using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Rest;

/// <param name="Days">Number of days, with today (UTC).</param>
internal sealed record DaysDocument<T>(int Days, IReadOnlyList<T> Items);

/// <summary>Usage of one person: of the caller, or of a user that an admin names.</summary>
internal sealed class PersonUsage(OwnUsage usage, ReportTurns turns)
{
    public static RestParameter Days { get; } =
        new("days", "Days to sum up, with today (UTC).") { Range = (1, OwnUsage.MostDays), Usual = OwnUsage.UsualDays };

    public async Task<IResult> SummaryAsync(HttpContext http, string userId)
    {
        var isCsv = new RestQuery(http.Request).IsCsv();
        var summary = await turns.RunAsync(() => usage.SummaryAsync(userId, http.RequestAborted), http.RequestAborted);
        return isCsv ? ReportEndpoints.Csv([summary]) : RestAnswer.Of(summary);
    }

    public Task<IResult> ByDayAsync(HttpContext http, string userId) => AnswerAsync(http, userId, usage.ByDayAsync);

    public Task<IResult> ByModelAsync(HttpContext http, string userId) => AnswerAsync(http, userId, usage.ByModelAsync);

    public Task<IResult> ByKeyAsync(HttpContext http, string userId) => AnswerAsync(http, userId, usage.ByKeyAsync);

    private async Task<IResult> AnswerAsync<T>(
        HttpContext http,
        string userId,
        Func<string, int, CancellationToken, Task<IReadOnlyList<T>>> read
    )
    {
        var query = new RestQuery(http.Request);
        var days = query.Count(Days.Name, 1, OwnUsage.MostDays) ?? OwnUsage.UsualDays;
        var isCsv = query.IsCsv();
        var items = await turns.RunAsync(() => read(userId, days, http.RequestAborted), http.RequestAborted);
        return isCsv ? ReportEndpoints.Csv(items) : RestAnswer.Of(new DaysDocument<T>(days, items));
    }
}

internal static class PersonUsageRoutes
{
    private static readonly RestRoute _summary = new() { Query = [RestParameter.Format], IsCsv = true };
    private static readonly RestRoute _days = new() { Query = [PersonUsage.Days, RestParameter.Format], IsCsv = true };

    /// <summary>Maps <c>summary</c>, <c>by-day</c>, <c>by-model</c> and <c>by-key</c>.</summary>
    /// <param name="group">Its policy and prefix.</param>
    /// <param name="whose">E.g. "own usage", for the summaries.</param>
    /// <param name="userOf">Id of the person; refuses unknown ones.</param>
    /// <param name="refuses">Further statuses of refusals.</param>
    public static void MapPersonUsage(
        this IEndpointRouteBuilder group,
        string whose,
        Func<HttpContext, Task<string>> userOf,
        params int[] refuses
    )
    {
        group
            .MapMethods("/summary", RestRoutes.Reads, async (HttpContext http, PersonUsage usage) =>
                await usage.SummaryAsync(http, await userOf(http))
            )
            .Describe($"Sum up {whose} over all days that are kept", _summary, refuses)
            .Answers<UsageSummary>();
        group
            .MapMethods("/by-day", RestRoutes.Reads, async (HttpContext http, PersonUsage usage) =>
                await usage.ByDayAsync(http, await userOf(http))
            )
            .Describe($"Sum up {whose} by day", _days, refuses)
            .Answers<DaysDocument<DayTotals>>();
        group
            .MapMethods("/by-model", RestRoutes.Reads, async (HttpContext http, PersonUsage usage) =>
                await usage.ByModelAsync(http, await userOf(http))
            )
            .Describe($"Sum up {whose} by model", _days, refuses)
            .Answers<DaysDocument<ModelTotals>>();
        group
            .MapMethods("/by-key", RestRoutes.Reads, async (HttpContext http, PersonUsage usage) =>
                await usage.ByKeyAsync(http, await userOf(http))
            )
            .Describe($"Sum up {whose} by key", _days, refuses)
            .Answers<DaysDocument<KeyTotals>>();
    }
}
