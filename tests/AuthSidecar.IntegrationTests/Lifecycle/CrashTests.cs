using System.Text.Json;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>SIGKILL under load: every request at the upstream was allowed, and its Allow was logged before.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [RequiresFact("envoy")]
    public async Task KilledUnderLoad_EveryRequestAtTheUpstream_HasALoggedAllow()
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        var key = await seeder.AddKeyAsync("ada", "apps:run");
        await using var killed = await SidecarProcess.StartAsync(_sandbox);
        await using var front = await FrontProxy.StartAsync(killed);
        using var load = SteadyLoad.Start(front.Port, key.Token);
        await load.SeeAsync(200, Heavy.Or(20_000, 1_000));

        killed.Kill();
        await killed.ExitAsync();
        await load.SeeAsync(503, 200);
        await using var restarted = await SidecarProcess.StartAsync(_sandbox, arguments: $"--Listen:Check={killed.Check}");
        await load.SeeAsync(200, 500);
        var answers = await load.StopAsync();

        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 503, $"{answer}"));
        var reached = front.Upstream.Requests.Select(request => Assert.Single(request.Values("x-authsidecar-caller-decision-id"))).ToList();
        var logged = LoggedAllows(restarted.Output);
        Assert.Equal(answers.Count(answer => answer.Status == 200), reached.Count);
        Assert.Equal(reached.Count, reached.Distinct().Count());
        Assert.Empty(reached.Except(logged));
        Assert.Equal(reached.Order(), answers.Where(answer => answer.Status == 200).Select(answer => answer.DecisionId).Order());
    }

    private static HashSet<string> LoggedAllows(string output)
    {
        var lines = output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line).RootElement);
        return
        [
            .. lines
                .Where(line => line.TryGetProperty("decision", out var decision) && decision.GetString() == "allow")
                .Select(line => line.GetProperty("decision_id").GetString()!),
        ];
    }
}
