using System.Net.Http.Json;
using System.Text.Json;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>The demo with --stay, and the demo's upstream alone.</summary>
public sealed class DemoStayTests
{
    [Theory, NewestWithSignal("INT"), NewestWithSignal("TERM")]
    public async Task Demo_RunsUntilStopped_AndLeavesNoFiles(string signal)
    {
        using var machine = DemoMachine.WithEnvoy();
        await using var demo = ProductProcess.Start(machine.Environment, "--stay");
        await demo.WaitForOutputAsync("Everything keeps running until Ctrl+C.");

        var curls = demo.Output.Split('\n').Where(line => line.StartsWith("curl ", StringComparison.Ordinal)).ToList();
        var answers = curls.Select(curl => Programs.Run("/bin/sh", ["-c", $"{curl} --silent"]).Output).ToList();
        demo.Signal(signal);

        var exitCode = await demo.WaitForExitAsync();
        Assert.True(exitCode == 0, demo.Output);
        Assert.Equal(4, answers.Count);
        Assert.All(answers.Take(3), answer => Assert.Contains("\"x-authsidecar-caller-decision-id\":\"", answer));
        Assert.Contains("\"error\":\"missing_credential\"", answers[3]);
        Assert.DoesNotMatch("ask_[A-Za-z0-9]{12}_[A-Za-z0-9]|demo-gateway-[A-Za-z0-9]", demo.Output);
        Assert.Empty(machine.Leftovers);
        Assert.DoesNotContain(machine.Environment["TMPDIR"], Programs.Run("ps", ["-eo", "args"]).Output);
    }

    [Fact]
    public async Task TheUpstream_RunsByItself_AndEchoes()
    {
        using var machine = new DemoMachine();
        await using var upstream = ProductProcess.Start(machine.Environment, "upstream", "--listen", "http://127.0.0.1:0");
        await upstream.WaitForOutputAsync("listening http://127.0.0.1:");
        using var http = new HttpClient { BaseAddress = new(upstream.Output.Split(' ')[1].Trim()) };

        using var answer = await http.PostAsJsonAsync("/v1/chat/completions?a=%2f", new { model = "demo" });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        upstream.Signal("TERM");

        Assert.Equal("chat.completion", body.GetProperty("object").GetString());
        Assert.Equal("/v1/chat/completions?a=%2f", body.GetProperty("echo").GetProperty("target").GetString());
        Assert.Equal(0, await upstream.WaitForExitAsync());
    }

    [Theory]
    [InlineData("127.0.0.1:9100")]
    [InlineData("https://127.0.0.1:9100")]
    [InlineData("unix:/tmp/upstream")]
    public async Task InvalidAddress_IsAUsageError(string address)
    {
        using var machine = new DemoMachine();

        var (exitCode, _, error) = await ProductProcess.RunAsync(machine.Environment, "upstream", "--listen", address);

        Assert.Equal(64, exitCode);
        Assert.StartsWith("--listen: write http://", error);
    }
}
