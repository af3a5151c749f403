using System.Text;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Reports;

/// <summary><c>GET /api/usage</c> and <c>GET /api/usage/rows</c>.</summary>
internal sealed class UsageEndpoints(SumUsage sums, FindUsage rows, TimeProvider time) : IDisposable
{
    // SQLite blocks its thread during a query, and decisions need threads too.
    private const int MostAtOnce = 2;

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    public Task<IResult> SumsAsync(HttpContext http) =>
        AnswerAsync<UsageSum>(http, ["by", "from", "to"], async (query, cancellationToken) =>
        {
            var (by, from, to) = (query.Group("by"), query.Day("from"), query.Day("to"));
            var asked = query.Refusal is { } refusal ? refusal : UsageQuery.Of(by, from, to, time);
            return asked.Refusal is { } wrong ? wrong : await sums.RunAsync(asked.Value, cancellationToken);
        });

    public Task<IResult> RowsAsync(HttpContext http) =>
        AnswerAsync<UsageRowDocument>(http, ["decision", "last"], async (query, cancellationToken) =>
        {
            var (decision, last) = (query.Text("decision"), query.Count("last"));
            if (query.Refusal is { } refusal)
            {
                return refusal;
            }

            return await rows.RunAsync(decision, last, cancellationToken);
        });

    public void Dispose() => _turns.Dispose();

    private async Task<IResult> AnswerAsync<T>(
        HttpContext http,
        string[] names,
        Func<ReportQuery, CancellationToken, Task<Outcome<IReadOnlyList<T>>>> read
    )
    {
        var query = new ReportQuery(http.Request.Query).Allow(names);
        var isCsv = query.IsCsv(http.Request);
        await _turns.WaitAsync(http.RequestAborted);
        Outcome<IReadOnlyList<T>> found;
        try
        {
            found = query.Refusal is { } refusal ? refusal : await Task.Run(() => read(query, http.RequestAborted), http.RequestAborted);
        }
        finally
        {
            _turns.Release();
        }

        return found.Refusal is { } wrong ? Problem.Of(wrong)
            : isCsv ? Results.Text(Csv.Write(found.Value), "text/csv; header=present", Encoding.UTF8)
            : Results.Json(new { Items = found.Value }, ReportJson.Options);
    }
}
