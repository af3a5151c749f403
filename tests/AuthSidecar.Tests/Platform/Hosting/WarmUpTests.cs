using System.Collections.Concurrent;
using System.Diagnostics;
using AuthSidecar.Administration.Composition;
using AuthSidecar.TestSupport.Corpus;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Platform.Hosting;

/// <summary>
/// Warm-up before the first request. The first run of a query compiles it, which takes longer than Envoy waits for a decision.
/// </summary>
public sealed class WarmUpTests
{
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

    [Fact]
    public async Task Start_WarmsTheWholePathOfAnAllow()
    {
        await using var harness = await SidecarHarness.StartAsync("main");

        Assert.Equal(300, harness.Services.GetRequiredService<WarmUp>().Allows);
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
