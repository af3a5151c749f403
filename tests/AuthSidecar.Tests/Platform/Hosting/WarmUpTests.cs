using System.Collections.Concurrent;
using System.Diagnostics;
using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.WebSockets.Leases;
using Envoy.Service.Auth.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Platform.Hosting;

/// <summary>
/// Warm-up before the first request. The first run of a query compiles it, which takes longer than Envoy waits for a decision.
/// </summary>
public sealed class WarmUpTests
{
    private static readonly string[] _expected = ["missing_credential", "insufficient_scope", "invalid_token", "store_unavailable"];

    [Fact]
    public async Task WarmUp_ReadsSpentBudgets()
    {
        var sandbox = "";
        var statements = new Statements();
        using (DiagnosticListener.AllListeners.Subscribe(statements))
        {
            await using var harness = await SidecarHarness.StartAsync("main", settings =>
                sandbox = settings["DataDirectory"]!.GetValue<string>()
            );
        }

        Assert.Contains(statements.Read, one =>
            one.Source.StartsWith(sandbox, StringComparison.Ordinal) && one.Text.Contains("FROM \"Spends\"", StringComparison.Ordinal)
        );
    }

    /// <summary>
    /// Of 22 requests on each of four connections 12 to an app, 6 to a provider and one WebSocket are allowed and three are refused, unless
    /// the store does not answer in time.
    /// </summary>
    [Fact]
    public async Task Start_WarmsTheWholePathOfAnAllow()
    {
        await using var harness = await SidecarHarness.StartAsync("main");

        var (allows, denials) = (
            harness.Services.GetRequiredService<WarmUp>().Allows,
            harness.Services.GetRequiredService<WarmUp>().Denials
        );
        var seen = string.Join(", ", denials.Select(each => $"{each.Key} {each.Value}").Append($"Allow {allows}"));
        int Seen(string reason) => denials.GetValueOrDefault(reason);

        // Only a caller without a credential does not need the store.
        Assert.True(allows > 0, seen);
        Assert.True((Seen("missing_credential"), Seen("insufficient_scope"), Seen("invalid_token")) is (4, <= 4, <= 4), seen);
        Assert.True(allows <= 4 * 19, seen);
        Assert.True(allows + Seen("insufficient_scope") + Seen("invalid_token") + Seen("store_unavailable") == 4 * 21, seen);
        Assert.True(denials.Keys.All(reason => _expected.Contains(reason)), seen);
    }

    [Fact]
    public async Task WarmUp_LeavesNoTrace()
    {
        using var log = new MemoryStream();
        await using var harness = await SidecarHarness.StartAsync(
            "main",
            settings => settings["WarmUp"]!["MaxSeconds"] = 1,
            services => services.AddSingleton(new DecisionLog(TimeProvider.System, log))
        );
        T Of<T>()
            where T : notnull => harness.Services.GetRequiredService<T>();

        Assert.True(Of<WarmUp>().Allows > 0);
        Assert.Equal(0, log.Length);
        Assert.Equal(0, Of<UsageQueue>().Offered);
        await using var store = Of<Store>().Open();
        Assert.Equal((0, 0), (await store.Usage.CountAsync(), await store.UsageDays.CountAsync()));
        Assert.All(
            [
                Of<KeyCaches>().ByToken.PositiveCount,
                Of<KeyCaches>().ByToken.NegativeCount,
                Of<KeyCaches>().ById.NegativeCount,
                Of<AppCache>().PositiveCount + Of<AppCache>().NegativeCount,
                Of<MemberCache>().PositiveCount + Of<MemberCache>().NegativeCount,
                Of<BudgetCache>().PositiveCount,
                Of<MemoryRateLimiter>().BucketCount,
                Of<LeaseTable>().Count,
            ],
            count => Assert.Equal(0, count)
        );
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync($"{harness.ConsoleAddress}/metrics");
        Assert.Contains("authsidecar_build_info", metrics, StringComparison.Ordinal);
        Assert.DoesNotMatch(
            "authsidecar_(decisions_total|check_duration_seconds_count|step_duration_seconds_count|rate_limited_total)[{ ]",
            metrics
        );
    }

    [Fact]
    public async Task AfterTheWarmUp_ItsListenerDecidesNothing()
    {
        await using var harness = await SidecarHarness.StartAsync("main");
        var transport = harness.Services.GetRequiredService<WarmUpTransport>();
        using var channel = GrpcChannel.ForAddress(
            "http://warm-up",
            new()
            {
                HttpHandler = new SocketsHttpHandler { ConnectCallback = (_, cancelled) => transport.ConnectAsync(cancelled) },
                DisposeHttpClient = true,
            }
        );

        var fault = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Authorization.AuthorizationClient(channel).CheckAsync(new())
        );

        Assert.Equal(StatusCode.Unavailable, fault.StatusCode);
    }

    private sealed class Statements : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public ConcurrentQueue<(string Source, string Text)> Read { get; } = new();

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.EntityFrameworkCore")
            {
                value.Subscribe(this);
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Value is CommandExecutedEventData executed)
            {
                Read.Enqueue((executed.Command.Connection!.DataSource, executed.Command.CommandText));
            }
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }
}
