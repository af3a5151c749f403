using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Sums of usage as rankings: by cost where one is known, else by requests.</summary>
internal static class Rankings
{
    private const decimal MicrosPerUnit = 1_000_000m;
    private const int MostRows = 8;

    /// <param name="caption">The heading of its card.</param>
    /// <param name="name">Heading of the names' column.</param>
    /// <param name="sums">In descending order.</param>
    /// <param name="nameOf">Name of a group.</param>
    /// <param name="hrefOf">Its page; null: none.</param>
    public static Ranking Of(
        string caption,
        string name,
        IEnumerable<UsageSum> sums,
        Func<string, string> nameOf,
        Func<string, string>? hrefOf
    ) =>
        Of(
            caption,
            name,
            sums.Select(sum => new NamedSum(sum.Group, sum.Group is { } id ? nameOf(id) : null, sum.Requests, sum.CostMicroUsd)),
            hrefOf
        );

    public static Ranking Of(string caption, string name, IEnumerable<NamedSum> sums, Func<string, string>? hrefOf)
    {
        var rows = sums.Take(MostRows).ToList();
        var isPriced = rows.Exists(row => row.CostMicroUsd is not null);
        return new(
            caption,
            name,
            isPriced ? "Cost" : "Requests",
            [
                .. rows.Select(row => new RankingRow(
                    row.Name ?? row.Id ?? "unknown",
                    isPriced ? row.CostMicroUsd / MicrosPerUnit : row.Requests,
                    isPriced ? Formats.MoneyOfMicros(row.CostMicroUsd) : Formats.Number(row.Requests),
                    row.Id is { } id ? hrefOf?.Invoke(id) : null
                )),
            ]
        );
    }
}
