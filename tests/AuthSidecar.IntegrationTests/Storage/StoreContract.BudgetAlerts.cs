using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.BudgetAlerts;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Storage;

public abstract partial class StoreContract
{
    /// <summary>As on SQLite, where the unit tests have every case.</summary>
    [RequiresStoreFact]
    public async Task ReachedBudgets_AreClaimedByOneOfManyReplicas()
    {
        var user = await AddUserAsync();
        foreach (var group in new[] { "low", "high" })
        {
            Assert.Null((await new CreateGroup(Store, Time).RunAsync(group, CancellationToken.None)).Refusal);
            Assert.Null((await new AddToGroup(Store, Time).RunAsync(group, "ada", CancellationToken.None)).Refusal);
        }

        var set = new SetBudget(Store, Time);
        foreach (
            var (scope, subject, limit, warn) in new (BudgetScope, string, long, long?)[]
            {
                (BudgetScope.Group, "low", 10, null),
                (BudgetScope.Group, "high", 20, 5),
                (BudgetScope.Shared, "low", 8, 8),
                (BudgetScope.User, "https://id.example.com|own", 9, null),
            }
        )
        {
            Assert.Null((await set.RunAsync(new(scope, subject), new(limit, warn), null, CancellationToken.None)).Refusal);
        }

        await using var context = Store.Open();
        foreach (
            var (scope, subject, micros) in new[]
            {
                (BudgetScope.User, user.Id, 12),
                (BudgetScope.Shared, "low", 8),
                (BudgetScope.User, "https://id.example.com|own", 7),
                (BudgetScope.User, "https://id.example.com|default", 7),
                (BudgetScope.User, "https://id.example.com/other|default", 7),
            }
        )
        {
            context.Spends.Add(
                new()
                {
                    Scope = scope,
                    SubjectId = subject,
                    PeriodId = BudgetPeriod.Month.IdAt(Time.GetUtcNow()),
                    Micros = micros,
                }
            );
        }

        await context.SaveChangesAsync();

        using var meters = new TestMeters();
        var claimed = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(index => Task.Run(() => Finder(index % 2 == 0 ? Store : Another, meters).RunAsync(default)))
        );

        Assert.Equal(4, claimed.Sum());
        Assert.Equal(
            ["Group high warning", "Shared low exceeded", "Shared low warning", "User https://id.example.com|default exceeded"],
            (await context.BudgetAlerts.AsNoTracking().ToListAsync())
                .Select(alert => $"{alert.Scope} {alert.SubjectId} {alert.Event.ToString().ToLowerInvariant()}")
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(0, await Finder(Another, meters).RunAsync(default));
    }

    private static BudgetAlertFinder Finder(Store store, TestMeters meters) =>
        new(
            store,
            new UsageOptions(),
            new([new() { Issuer = "https://id.example.com", BudgetUsd = 0.000007m }]),
            Time,
            new(meters),
            NullLogger<BudgetAlertFinder>.Instance
        );
}
