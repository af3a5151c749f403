using AuthSidecar.Access.Policies;
using AuthSidecar.Administration.Audit;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/usage</c>, <c>/overview</c>, <c>/requests</c> and <c>/audit</c></summary>
internal static class AdminReports
{
    private static readonly RestParameter[] _usage =
    [
        RestParameter.Of<UsageGroup>("by", "Group; `day` by default."),
        new("from", "First day (UTC), as 2026-01-31; by default the first of the last day's month."),
        new("to", "Last day (UTC), included; today by default."),
        new("user", "Only requests of this user, by id."),
        new("key", "Only requests of this key."),
        new("tenant", "Only requests of this tenant."),
        new("provider", "Only requests to this provider."),
        new("model", "Only requests of this model."),
        RestParameter.Format,
    ];

    private static readonly RestParameter[] _audit =
    [
        RestParameter.Search,
        new("actor", "Name or id of the actor."),
        new("target", "Name or id of the target."),
        new("action", "Action such as `key.revoked`, or a kind of targets such as `key`."),
        new("from", "First day (UTC), as 2026-01-31."),
        new("to", "Last day (UTC), included."),
        RestParameter.Limit,
        RestParameter.Cursor,
        RestParameter.Format,
    ];

    private static readonly RestParameter[] _overview =
    [
        new("days", "Number of days, including today.") { Range = (1, Overview.Most), Usual = Overview.Usual },
    ];

    public static void MapReports(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/overview", RestRoutes.Reads, OverviewAsync)
            .Describe("Show requests, cost, refusals and warnings", new() { Query = _overview })
            .Answers<OverviewDocument>();
        admin
            .MapMethods("/usage", RestRoutes.Reads, UsageAsync)
            .Describe("Sum usage of all, with filters", new() { Query = _usage, IsCsv = true })
            .Answers<ItemsDocument<UsageSum>>();
        admin
            .MapMethods("/usage/prune", ["POST"], PruneAsync)
            .NeedsSudo()
            .Describe("Delete old usage", new() { Body = typeof(PruneBody), IsBodyOptional = true })
            .Answers<PrunedUsage>();
        admin
            .MapMethods("/requests/{decisionId}", RestRoutes.Reads, ExplainAsync)
            .Describe("Explain a decision", null, 404)
            .Answers<Explanation>();
        admin
            .MapMethods("/audit", RestRoutes.Reads, AuditAsync)
            .Describe("List the audit trail, the newest event first", new() { Query = _audit, IsCsv = true })
            .Answers<ListDocument<AuditDocument>>();
    }

    private static async Task<RestAnswer> OverviewAsync(HttpContext http, Overview overview, ReportTurns turns)
    {
        var days = new RestQuery(http.Request).Count("days");
        return RestAnswer.Of((await turns.RunAsync(() => overview.RunAsync(days, http.RequestAborted), http.RequestAborted)).OrRefuse());
    }

    private static async Task<IResult> UsageAsync(HttpContext http, SumUsage sums, ReportTurns turns, TimeProvider time)
    {
        var query = new RestQuery(http.Request);
        var asked = UsageQuery.Of(query.Word<UsageGroup>("by") ?? UsageGroup.Day, query.Day("from"), query.Day("to"), time).OrRefuse();
        var filter = new UsageFilter(query.Text("tenant"), query.Text("provider"), query.Text("model"));
        asked = asked with { UserId = query.Text("user"), KeyId = query.Text("key"), Filter = filter };
        var isCsv = query.IsCsv();
        if (asked.FilterError is { } error)
        {
            throw RestException.Invalid(error);
        }

        return ReportEndpoints.Rows(isCsv, await turns.RunAsync(() => sums.RunAsync(asked, http.RequestAborted), http.RequestAborted));
    }

    private static async Task<RestAnswer> PruneAsync(HttpContext http, PruneUsage usage)
    {
        var body = await http.ReadBodyAsync<PruneBody>(isOptional: true);
        return RestAnswer.Of((await usage.RunAsync(body.OlderThanDays, http.RequestAborted)).OrRefuse());
    }

    private static async Task<RestAnswer> ExplainAsync(
        HttpContext http,
        string decisionId,
        FindUsage usage,
        LiveOptions<PolicySet> policies
    )
    {
        var row = (await usage.ByIdAsync(decisionId, http.RequestAborted)).OrRefuse();

        // From the current policy: the policy at the time of the decision is not stored.
        return RestAnswer.Of(Explanation.Of(row, row.Policy is { } policy && policies.Current.ByName(policy)?.Options.Public == true));
    }

    private static async Task<IResult> AuditAsync(HttpContext http, ListAudit audit)
    {
        var query = new RestQuery(http.Request);
        var filter = new AuditFilter
        {
            Query = query.Text("q"),
            Actor = query.Text("actor"),
            Target = query.Text("target"),
            Action = query.Text("action"),
            From = query.Day("from") is { } from ? new(from, default, TimeSpan.Zero) : null,
            To = query.Day("to") is { } to && to < DateOnly.MaxValue ? new(to.AddDays(1), default, TimeSpan.Zero) : null,
            Take = query.Limit(),
            After = query.Cursor(),
        };
        var isCsv = query.IsCsv();
        var page = (await audit.RunAsync(filter, http.RequestAborted)).OrRefuse();
        return isCsv
            ? ReportEndpoints.Csv<AuditDocument>([.. page.Items.Select(AuditDocument.Of)])
            : RestAnswer.List(page, AuditDocument.Of);
    }
}

/// <param name="OlderThanDays">1 to 36500; missing or null: <c>Usage:RetentionDays</c>.</param>
internal sealed record PruneBody(int? OlderThanDays = null);

/// <summary>A change and its origin.</summary>
/// <param name="Before">JSON object of the changed values before; null: none.</param>
/// <param name="After">The same after the change.</param>
internal sealed record AuditDocument(
    long Sequence,
    DateTimeOffset At,
    string ActorKind,
    string? ActorId,
    string ActorName,
    string? Address,
    string Action,
    string TargetKind,
    string? TargetId,
    string? TargetName,
    string? Before,
    string? After
)
{
    public static AuditDocument Of(AuditEvent row) =>
        new(
            row.Sequence,
            row.At,
            RestParameter.WordOf(row.ActorKind),
            row.ActorId,
            row.ActorName,
            row.Address,
            row.Action,
            row.TargetKind,
            row.TargetId,
            row.TargetName,
            row.Before,
            row.After
        );
}
