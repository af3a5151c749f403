using System.Text;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Rest;

/// <summary><c>GET /api/usage</c> and <c>GET /api/usage/rows</c>.</summary>
internal sealed class ReportEndpoints(SumUsage sums, FindUsage rows, TimeProvider time) : IDisposable
{
    // SQLite blocks its thread during a query, and decisions need threads too.
    private const int MostAtOnce = 2;

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    public async Task<IResult> SumsAsync(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        var asked = UsageQuery.Of(query.Word<UsageGroup>("by") ?? UsageGroup.Day, query.Day("from"), query.Day("to"), time).OrRefuse();
        return await AnswerAsync<UsageSum>(http, query.IsCsv(), async () => await sums.RunAsync(asked, http.RequestAborted));
    }

    public async Task<IResult> RowsAsync(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        var (decision, last) = (query.Text("decision"), query.Count("last"));
        return await AnswerAsync<UsageRowDocument>(http, query.IsCsv(), async () =>
            (await rows.RunAsync(decision, last, http.RequestAborted)).OrRefuse()
        );
    }

    public void Dispose() => _turns.Dispose();

    private async Task<IResult> AnswerAsync<T>(HttpContext http, bool isCsv, Func<Task<IReadOnlyList<T>>> read)
    {
        await _turns.WaitAsync(http.RequestAborted);
        IReadOnlyList<T> found;
        try
        {
            found = await Task.Run(read, http.RequestAborted);
        }
        finally
        {
            _turns.Release();
        }

        return isCsv
            ? Results.Text(Csv.Write(found), "text/csv; header=present", Encoding.UTF8)
            : RestAnswer.Of(new ItemsDocument<T>(found));
    }
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
        var usage = endpoints.MapGroup("/api/usage").AllowAnonymous().AddEndpointFilter<AdminKeyFilter>();
        usage
            .MapRead("", (HttpContext http, ReportEndpoints reports) => reports.SumsAsync(http))
            .Describe("Sum usage of all", new() { Query = _sums, IsCsv = true })
            .Answers<ItemsDocument<UsageSum>>();
        usage
            .MapRead("/rows", (HttpContext http, ReportEndpoints reports) => reports.RowsAsync(http))
            .Describe("List usage rows of all", new() { Query = _rows, IsCsv = true }, 404)
            .Answers<ItemsDocument<UsageRowDocument>>();
    }
}
