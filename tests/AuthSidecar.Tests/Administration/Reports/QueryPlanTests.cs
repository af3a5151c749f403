using System.Data.Common;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Tests.Administration.Reports;

/// <summary>Reports read an index or the daily sums, never all rows.</summary>
public sealed class QueryPlanTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly Plans _plans = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Rows_AreFoundByAnIndex()
    {
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System, _plans);
        await store.PrepareAsync(CancellationToken.None);

        _plans.Steps.Clear();
        await new FindUsage(store).LatestAsync(5, CancellationToken.None);
        Assert.Contains(
            "IX_Usage_Time",
            Assert.Single(_plans.Steps, step =>
                step.StartsWith("SCAN", StringComparison.Ordinal) || step.StartsWith("SEARCH", StringComparison.Ordinal)
            ),
            StringComparison.Ordinal
        );

        _plans.Steps.Clear();
        var days = new RequestFilter(new(2026, 1, 1), new(2026, 1, 31)) { UserId = "u", Take = 5 };
        await new ListRequests(store).RunAsync(days, CancellationToken.None);
        Assert.Contains(
            "IX_Usage_UserId_Time (UserId=? AND Time>? AND Time<?)",
            Assert.Single(_plans.Steps, step => !step.StartsWith("USE TEMP", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );

        _plans.Steps.Clear();
        await new FindUsage(store).ByIdAsync("d", CancellationToken.None);
        Assert.Contains("(DecisionId=?)", Assert.Single(_plans.Steps), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnRequests_AreFoundByPersonAndTime()
    {
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System, _plans);
        await store.PrepareAsync(CancellationToken.None);
        var requests = new OwnRequests(store, new(store));
        var (from, to) = (new DateOnly(2026, 1, 1), new DateOnly(2026, 1, 31));

        _plans.Steps.Clear();
        await requests.ListAsync("ada", new(from, to), CancellationToken.None);
        await requests.ListAsync("ada", new(from, to) { IsRefused = true }, CancellationToken.None);
        await requests.CountRefusedAsync("ada", from, to, CancellationToken.None);

        Assert.Equal(
            3,
            _plans.Steps.Count(step => step.Contains("IX_Usage_UserId_Time (UserId=? AND Time>? AND Time<?)", StringComparison.Ordinal))
        );
        Assert.DoesNotContain(_plans.Steps, step => step.StartsWith("SCAN", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sums_CoverTheRequestedDays()
    {
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System, _plans);
        await store.PrepareAsync(CancellationToken.None);
        foreach (var by in Enum.GetValues<UsageGroup>())
        {
            _plans.Steps.Clear();
            await new SumUsage(store).RunAsync(new(by, new(2026, 1, 1), new(2026, 1, 31)), CancellationToken.None);

            // By the primary key, which orders the table.
            Assert.Contains(
                "USING PRIMARY KEY (Day>? AND Day<?)",
                Assert.Single(_plans.Steps, step => !step.StartsWith("USE TEMP", StringComparison.Ordinal)),
                StringComparison.Ordinal
            );
            Assert.Equal(by is UsageGroup.Key or UsageGroup.User or UsageGroup.Tenant, _plans.Steps.Count > 1);
        }
    }

    /// <summary>Reads the plan of each statement before it runs.</summary>
    private sealed class Plans : DbCommandInterceptor
    {
        private const int Detail = 3;

        public List<string> Steps { get; } = [];

        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<DbDataReader> result,
            CancellationToken cancellationToken = default
        )
        {
            var statement = command.CommandText;
            command.CommandText = $"EXPLAIN QUERY PLAN {statement}";
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    Steps.Add(reader.GetString(Detail));
                }
            }

            command.CommandText = statement;
            return result;
        }
    }
}
