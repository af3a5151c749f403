using System.Text.RegularExpressions;
using AuthSidecar.Storage;
using AuthSidecar.Storage.Sqlite;
using AuthSidecar.Telemetry;
using AuthSidecar.TestKit;
using AuthSidecar.Usage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AuthSidecar.Tests.Usage;

/// <summary>As the process puts it together.</summary>
public sealed partial class UsageFeatureTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task WhatIsToldBeforeTheStop_IsStored_AtItsPrice_AndItsMetricsStandInTheReadme()
    {
        var settled = new List<SettledRow>();
        await using var store = SqliteStore.For(new() { DataDirectory = _directory }, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSidecarMetrics()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<Store>(store)
            .AddSingleton<RowCost>(UsageRig.CostOf)
            .AddSingleton<Settlement>((rows, _) =>
            {
                settled.AddRange(rows);
                return Task.CompletedTask;
            })
            .AddUsage(new() { DataDirectory = _directory })
            .BuildServiceProvider();
        var metrics = services.GetRequiredService<MetricsCollector>();
        var parts = services.GetServices<IHostedService>().ToList();
        foreach (var part in parts)
        {
            await part.StartAsync(CancellationToken.None);
        }

        Assert.All(UsageParts.Whole(1), part => Assert.True(services.GetRequiredService<UsageQueue>().Offer(part)));
        foreach (var part in Enumerable.Reverse(parts))
        {
            await part.StopAsync(CancellationToken.None);
        }

        Assert.Equal(25, Assert.Single((await UsageState.ReadAsync(store)).Rows).CostMicros);
        Assert.Equal(25, Assert.Single(settled, row => row.IsCounted).Row.CostMicros);
        var names = Family().Matches(metrics.Collect()).Select(match => match.Groups[1].Value).Where(name => name.StartsWith("authsidecar_", StringComparison.Ordinal)).ToList();
        Assert.Contains("authsidecar_usage_written_total", names);
        Assert.All(names, name => Assert.Contains($"| `{name}` |", Readme.Root.Section("Metrics"), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^# TYPE (\w+)", RegexOptions.Multiline)]
    private static partial Regex Family();
}
