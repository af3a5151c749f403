using System.Text;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Rest;

/// <summary><c>GET /api/usage</c> and <c>GET /api/usage/rows</c>.</summary>
internal sealed class ReportEndpoints(SumUsage sums, FindUsage rows, ReportTurns turns, TimeProvider time)
{
    public async Task<IResult> SumsAsync(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        var asked = UsageQuery.Of(query.Word<UsageGroup>("by") ?? UsageGroup.Day, query.Day("from"), query.Day("to"), time).OrRefuse();
        var isCsv = query.IsCsv();
        return Rows(isCsv, await turns.RunAsync(() => sums.RunAsync(asked, http.RequestAborted), http.RequestAborted));
    }

    public async Task<IResult> RowsAsync(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        var (decision, last, isCsv) = (query.Text("decision"), query.Count("last"), query.IsCsv());
        var found = await turns.RunAsync(() => rows.RunAsync(decision, last, http.RequestAborted), http.RequestAborted);
        return Rows(isCsv, found.OrRefuse());
    }

    /// <summary>A complete list, as CSV or as JSON.</summary>
    public static IResult Rows<T>(bool isCsv, IReadOnlyList<T> items) => isCsv ? Csv(items) : RestAnswer.Of(new ItemsDocument<T>(items));

    public static IResult Csv<T>(IReadOnlyList<T> items) =>
        Results.Text(Reports.Csv.Write(items), "text/csv; header=present", Encoding.UTF8);
}

internal static class ReportRoutes
{
    private static readonly RestParameter[] _sums =
    [
        RestParameter.Of<UsageGroup>("by", "Group; `day` by default."),
        new("from", "First day (UTC), as 2026-01-31; by default the first of the last day's month."),
        new("to", "Last day (UTC), included; today by default."),
        RestParameter.Format,
    ];

    private static readonly RestParameter[] _rows =
    [
        new("decision", "Id of a decision; excludes `last`."),
        new("last", "Number of latest rows.") { Range = (1, FindUsage.Most), Usual = FindUsage.Usual },
        RestParameter.Format,
    ];

    public static void MapReports(this IEndpointRouteBuilder endpoints)
    {
        var usage = endpoints.MapGroup("/api/usage").AllowAnonymous().WithMetadata(new ReadsKey()).AddEndpointFilter<AdminKeyFilter>();
        usage
            .MapMethods("", RestRoutes.Reads, (HttpContext http, ReportEndpoints reports) => reports.SumsAsync(http))
            .Describe("Sum usage of all", new() { Query = _sums, IsCsv = true })
            .Answers<ItemsDocument<UsageSum>>();
        usage
            .MapMethods("/rows", RestRoutes.Reads, (HttpContext http, ReportEndpoints reports) => reports.RowsAsync(http))
            .Describe("List usage rows of all", new() { Query = _rows, IsCsv = true }, 404)
            .Answers<ItemsDocument<UsageRowDocument>>();
    }
}
