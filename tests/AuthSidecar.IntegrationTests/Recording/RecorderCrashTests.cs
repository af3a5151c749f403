using System.Collections.Concurrent;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.EntityFrameworkCore;
using static AuthSidecar.IntegrationTests.Recording.Records;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>
/// SIGKILL while services record: an acknowledged record is stored, with row and sums; any other is stored completely or not at all.
/// </summary>
public sealed class RecorderCrashTests : IDisposable
{
    private const int Services = 16;
    private static readonly int Enough = Heavy.Or(500, 150);
    private readonly SidecarSandbox _sandbox = new();
    private readonly ConcurrentDictionary<string, int> _answered = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Killed_EveryAcknowledgedRecordIsStored()
    {
        _sandbox.Settings["Usage"] = new System.Text.Json.Nodes.JsonObject { ["RecordText"] = true, ["RetentionDays"] = 36500 };
        _sandbox.Save();
        for (var round = 0; round < Heavy.Or(10, 3); round++)
        {
            await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
            using var channel = GrpcChannel.ForAddress(sidecar.Companion);
            var enough = new TaskCompletionSource();
            var before = _answered.Values.Sum();
            var services = Enumerable
                .Range(0, Services)
                .Select(_ => RecordAsync(new(channel), () =>
                    {
                        if (_answered.Values.Sum() > before + Enough)
                        {
                            enough.TrySetResult();
                        }
                    }))
                .ToList();

            await enough.Task;
            sidecar.Kill();
            await Task.WhenAll(services);
            await MustHoldAsync();
        }
    }

    // Until the process is gone.
    private async Task RecordAsync(Recorder.RecorderClient recorder, Action answered)
    {
        try
        {
            while (true)
            {
                var id = NewId();
                await recorder.RecordInterceptionAsync(Interception(id), RecorderHarness.Headers);
                Count(id);
                await recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);
                Count(id);
                await recorder.RecordPromptUsageAsync(Prompt(id), RecorderHarness.Headers);
                Count(id);
                await recorder.RecordInterceptionEndedAsync(End(id), RecorderHarness.Headers);
                Count(id);
            }
        }
        catch (RpcException fault) when (fault.StatusCode == StatusCode.Unavailable)
        {
            // Killed.
        }

        void Count(string id)
        {
            _answered.AddOrUpdate(id, 1, (_, count) => count + 1);
            answered();
        }
    }

    private async Task MustHoldAsync()
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await using var context = seeder.Store.Open();
        var interceptions = await context.Interceptions.AsNoTracking().ToDictionaryAsync(interception => interception.Id);
        var tokens = (await context.TokenUsages.Select(usage => usage.InterceptionId).ToListAsync()).ToHashSet();
        var prompts = (await context.PromptUsages.Select(usage => usage.InterceptionId).ToListAsync()).ToHashSet();
        var state = await UsageState.ReadAsync(seeder.Store);
        state.MustAddUp();
        var rows = state.Rows.ToDictionary(row => row.DecisionId);
        Assert.All(_answered, record =>
        {
            var row = rows[record.Key.Replace("-", "", StringComparison.Ordinal)];
            Assert.Equal(Key, row.KeyId);
            Assert.True(record.Value < 2 || (tokens.Contains(record.Key) && row.InputTokens == 10), record.Key);
            Assert.True(record.Value < 3 || prompts.Contains(record.Key), record.Key);
            Assert.True(record.Value < 4 || (interceptions[record.Key].EndedAt is not null && row.Outcome == "complete"), record.Key);
        });
        Assert.Equal(interceptions.Count, rows.Count);
        Assert.InRange(interceptions.Count, _answered.Count, _answered.Count + (Services * Heavy.Or(10, 3)));
    }
}
