using System.Text.RegularExpressions;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Platform.Storage;

/// <summary>Parameters and results are bound by position: each list of columns is <see cref="UsageColumn.All"/> in its order.</summary>
public sealed partial class SqlFileTests
{
    [Theory]
    [InlineData("Sqlite/usage_insert.sql", 1, 1)]
    [InlineData("Sqlite/usage_select.sql", 0, 1)]
    [InlineData("Sqlite/usage_update.sql", 0, 1)]
    [InlineData("Postgres/usage_insert.sql", 1, 3)]
    [InlineData("Postgres/usage_lock.sql", 1, 1)]
    public void UsageFile_NamesEveryColumnInItsOrder(string file, int ids, int lists)
    {
        string[] all = [.. Enumerable.Repeat(nameof(UsageRow.DecisionId), ids), .. UsageColumn.All.Select(column => column.Name)];

        Assert.Equal(Enumerable.Repeat(all, lists).SelectMany(list => list), Names(file).Take(all.Length * lists));
    }

    [Fact]
    public void SqliteUpdate_NumbersItsParametersInTheSameOrder() =>
        Assert.Equal(
            UsageColumn.All.Select((column, index) => $"\"{column.Name}\" = ?{index + 2}"),
            AssignmentForm().Matches(SqlFile.Read("Sqlite/usage_update.sql")).Select(match => match.Value).SkipLast(1)
        );

    [Fact]
    public void PostgresUpdate_SetsEveryColumnToItsOwnValue()
    {
        string[] columns = [.. UsageColumn.All.Select(column => column.Name)];

        Assert.Equal(
            [.. columns.SelectMany(column => new[] { column, column }), nameof(UsageRow.DecisionId), .. columns],
            Names("Postgres/usage_update.sql").Take((3 * columns.Length) + 1)
        );
    }

    private static IEnumerable<string> Names(string file) =>
        NameForm().Matches(SqlFile.Read(file)).Select(match => match.Groups[1].Value).Where(name => name != "Usage");

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex NameForm();

    [GeneratedRegex("\"\\w+\" = \\?[0-9]+")]
    private static partial Regex AssignmentForm();
}
