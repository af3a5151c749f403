using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Lifecycle;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.Usage;

/// <summary>
/// Failures of a process, the store or the disk under requests through a real Envoy: rows are complete or the loss is counted, and no
/// request is refused.
/// </summary>
public sealed class UsageFaultTests(ITestOutputHelper output)
{
    private static readonly string _path = UsageServers.PathOf(Fixture.Named("openai-chat/whole.json"), "whole");

    [RequiresFact("envoy")]
    public async Task KilledUnderLoad_RequestsEndedASecondBefore_HaveOneRow()
    {
        await using var servers = await UsageServers.StartAsync(EnvoyRelease.Newest);
        using var load = SteadyLoad.Start(servers.Port, servers.Key.Token, _path, perSecond: Heavy.Or(2000, 600), method: HttpMethod.Post);
        await SeeAsync(load, Heavy.Or(20_000, 3_000));

        var killed = DateTimeOffset.UtcNow;
        servers.Decider.Kill();
        await servers.Decider.ExitAsync();
        await load.SeeAsync(503, 100);
        await servers.StartAgainAsync();
        var ready = DateTimeOffset.UtcNow;
        await SeeAsync(load, Heavy.Or(5_000, 1_000));
        var answers = await load.StopAsync();

        var ids = answers.Where(answer => answer.DecisionId.Length > 0).Select(answer => answer.DecisionId).ToHashSet();
        await Eventually.TrueAsync(
            () => Task.FromResult(ids.IsSubsetOf(servers.Logged().Select(request => request.DecisionId))),
            "Envoy's log has all requests"
        );
        servers.Decider.Terminate();
        Assert.Equal(0, await servers.Decider.ExitAsync());
        var state = await UsageState.ReadAsync(servers.Seeder.Store);
        var rows = state.Rows.Select(row => row.DecisionId).ToHashSet();
        var logged = servers.Logged();

        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 503, $"{answer}"));
        Assert.Equal(logged.Count, logged.Select(request => request.DecisionId).Distinct().Count());
        var due = logged.Where(request => request.Ended < killed.AddSeconds(-1) || request.Started > ready).ToList();
        Assert.NotEmpty(due);
        Assert.Empty(due.Select(request => request.DecisionId).Except(rows));
        Assert.Equal(rows.Count, state.Rows.Count);
        state.MustAddUp();
        var whole = state.Rows.Where(row => row.Facts.HasFlag(UsageServers.Whole)).Select(row => row.DecisionId).ToHashSet();
        output.WriteLine(
            $"{answers.Count} requests in {answers[^1].At.TotalSeconds:F1} s, {answers.Count(answer => answer.Status == 503)} of them "
                + $"503; {logged.Count} decided, {due.Count} had to have a row, "
                + $"{due.Count(request => whole.Contains(request.DecisionId))} of these were whole; "
                + $"{logged.Count(request => !rows.Contains(request.DecisionId))} of the others have none."
        );
    }

    [RequiresFact("envoy")]
    public async Task TheStoreIsLocked_NoRequestIsRefused_AndNothingIsLost()
    {
        await using var servers = await UsageServers.StartAsync(EnvoyRelease.Newest);
        using var load = SteadyLoad.Start(servers.Port, servers.Key.Token, _path, perSecond: 200, method: HttpMethod.Post);
        await load.SeeAsync(200, 200);
        await using (
            var connection = new SqliteConnection(
                $"Data Source={Path.Combine(servers.Sandbox.DataDirectory, "authsidecar.db")};Pooling=False"
            )
        )
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync();
            var locked = DateTimeOffset.UtcNow;

            // The number of requests determines the duration; the lock's own duration is what matters.
            do
            {
                await load.SeeAsync(200, 200);
            } while (DateTimeOffset.UtcNow - locked < TimeSpan.FromSeconds(Heavy.Or(30, 5)));

            output.WriteLine($"Locked for {(DateTimeOffset.UtcNow - locked).TotalSeconds:F1} s.");
        }

        var answers = await load.StopAsync();
        var state = await servers.UntilAsync(answers.Count, UsageServers.Whole);

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(answers.Select(answer => answer.DecisionId).Order(StringComparer.Ordinal), state.Rows.Select(row => row.DecisionId));
        Assert.All(state.Rows, row =>
            Assert.Equal(("complete", Fixture.Named("openai-chat/whole.json").Expected.Input), (row.Outcome, row.InputTokens))
        );
        state.MustAddUp();
        Assert.Equal(0, await CountAsync(servers.Receiver, "usage_dropped"));
        Assert.NotEqual(0, await CountAsync(servers.Receiver, "usage_retries"));
        output.WriteLine(
            $"{answers.Count} requests in {answers[^1].At.TotalSeconds:F1} s, {await CountAsync(servers.Receiver, "usage_spooled")} "
                + "parts spooled."
        );
    }

    [RequiresFact("envoy", "postgres")]
    public async Task ReportsAtTwoReplicas_MakeOneRow_WithCorrectSums()
    {
        await using var postgres = await PostgresServer.StartAsync();
        var database = await postgres.CreateDatabaseAsync();
        await using var servers = await UsageServers.StartAsync(
            EnvoyRelease.Newest,
            sandbox =>
            {
                sandbox.Settings["Store"] = new JsonObject
                {
                    ["Provider"] = "postgres",
                    ["ConnectionString"] = $"file:{sandbox.WriteSecret("store", database)}",
                };
                sandbox.Settings["Auth"]!["Peppers"] = new JsonArray(
                    $"file:{sandbox.WriteSecret("pepper", "a pepper that both replicas share")}"
                );
            },
            hasTwo: true
        );
        using var load = SteadyLoad.Start(servers.Port, servers.Key.Token, _path, perSecond: 400, method: HttpMethod.Post);
        await SeeAsync(load, Heavy.Or(10_000, 1_000));
        var answers = await load.StopAsync();

        var state = await servers.UntilAsync(answers.Count, UsageServers.Whole);

        Assert.Equal(answers.Select(answer => answer.DecisionId).Order(StringComparer.Ordinal), state.Rows.Select(row => row.DecisionId));
        Assert.All(state.Rows, row =>
            Assert.Equal(("complete", Fixture.Named("openai-chat/whole.json").Expected.Input), (row.Outcome, row.InputTokens))
        );
        state.MustAddUp();
        Assert.Equal(answers.Count, await CountAsync(servers.Decider, "usage_offered"));
        Assert.Equal(2 * answers.Count, await CountAsync(servers.Receiver, "usage_offered"));
        output.WriteLine($"{answers.Count} requests in {answers[^1].At.TotalSeconds:F1} s.");
    }

    [RequiresFact("envoy", "tmpfs")]
    public async Task TheDiskIsFull_NoRequestIsRefused_AndLossesAreCountedAndLogged()
    {
        await using var servers = await UsageServers.StartBlindAsync(megabytes: 4, sandbox =>
        {
            var auth = sandbox.Settings["Auth"]!;
            (auth["Mode"], auth["MasterKey"]) = ("legacy", $"file:{sandbox.WriteSecret("master", "the-master-key-of-a-test")}");
            sandbox.Settings["Usage"] = new JsonObject { ["QueueCapacity"] = 1000 };
        });
        using var load = SteadyLoad.Start(servers.Port, "the-master-key-of-a-test", _path, perSecond: 600, method: HttpMethod.Post);
        await Eventually.TrueAsync(
            async () => await CountAsync(servers.Decider, "usage_dropped") > 0,
            "something is dropped",
            seconds: 180
        );
        await load.SeeAsync(200, 500);
        var answers = await load.StopAsync();

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.False(servers.Decider.HasExited);
        Assert.Contains("Usage spool not writable", servers.Decider.Errors, StringComparison.Ordinal);
        output.WriteLine(
            $"{answers.Count} requests in {answers[^1].At.TotalSeconds:F1} s, {await CountAsync(servers.Decider, "usage_written")} "
                + $"parts written, {await CountAsync(servers.Decider, "usage_spooled")} spooled, "
                + $"{await CountAsync(servers.Decider, "usage_dropped")} dropped."
        );
    }

    // Independent of the speed of the machine.
    private static async Task SeeAsync(SteadyLoad load, int count)
    {
        const int Some = 200;
        for (var seen = 0; seen < count; seen += Some)
        {
            await load.SeeAsync(200, Some);
        }
    }

    private static async Task<long> CountAsync(SidecarProcess sidecar, string counter)
    {
        using var http = new HttpClient();
        return (long)
            Exposition
                .Parse(await http.GetStringAsync(new Uri(sidecar.Console, "/metrics")))
                .Samples.GetValueOrDefault($"authsidecar_{counter}_total");
    }
}
