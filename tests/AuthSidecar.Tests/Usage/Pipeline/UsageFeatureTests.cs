using System.Diagnostics.Metrics;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AuthSidecar.Tests.Usage.Pipeline;

/// <summary>The pipeline as the process composes it.</summary>
public sealed class UsageFeatureTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ReportsBeforeTheStop_AreStored_AtTheirPrice_AndCounted()
    {
        var settled = new List<SettledUsage>();
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        using var meters = new TestMeters();
        using var scrape = new Scrape(meters);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IMeterFactory>(meters)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<Store>(store)
            .AddSingleton<RowCost>(UsageHarness.CostOf)
            .AddSingleton<SettlementHandler>(
                (rows, _) =>
                {
                    settled.AddRange(rows);
                    return Task.CompletedTask;
                }
            )
            .AddSingleton(new UsageOptions())
            .AddUsage(_directory)
            .BuildServiceProvider();
        var parts = HostedServices
            .Order.Where(type => type.Namespace == typeof(UsageWriter).Namespace)
            .Select(type => (IHostedService)services.GetRequiredService(type))
            .ToList();
        foreach (var part in parts)
        {
            await part.StartAsync(CancellationToken.None);
        }

        Assert.All(UsageParts.Whole(1), part => Assert.True(services.GetRequiredService<UsageQueue>().Record(part)));
        foreach (var part in Enumerable.Reverse(parts))
        {
            await part.StopAsync(CancellationToken.None);
        }

        Assert.Equal(25, Assert.Single((await UsageState.ReadAsync(store)).Rows).CostMicros);
        Assert.Equal(25, Assert.Single(settled, row => row.IsCounted).Row.CostMicros);
        var samples = scrape.Read().Samples;
        Assert.Equal(3, samples["authsidecar_usage_written_total"]);
        Assert.Equal(0, samples["authsidecar_usage_dead_letters_total"]);
    }
}
