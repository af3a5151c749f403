using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>The demo with --stay, and the demo's upstream alone.</summary>
public sealed partial class DemoStayTests
{
    [Theory, NewestWithSignal("INT"), NewestWithSignal("TERM")]
    public async Task Demo_RunsUntilStopped_AndLeavesNoFiles(string signal)
    {
        using var machine = DemoMachine.WithEnvoy();
        await using var demo = ProductProcess.Start(machine.Environment, "--stay");
        await demo.WaitForOutputAsync("Everything keeps running until Ctrl+C.");

        var curls = demo.Output.Split('\n').Where(line => line.StartsWith("curl ", StringComparison.Ordinal)).ToList();
        var answers = curls.Select(curl => Programs.Run("/bin/sh", ["-c", $"{curl} --silent"]).Output).ToList();
        var shown = await NewKeyLinesAsync(demo.Output);
        var copied = Programs.Run("/bin/sh", ["-c", $"{shown} --silent"]).Output;
        demo.Signal(signal);

        var exitCode = await demo.WaitForExitAsync();
        Assert.True(exitCode == 0, demo.Output);
        Assert.Equal(4, answers.Count);
        Assert.All(answers.Take(3), answer => Assert.Contains("\"x-authsidecar-caller-decision-id\":\"", answer));
        Assert.Contains("\"error\":\"missing_credential\"", answers[3]);
        Assert.Contains("\"x-authsidecar-caller-decision-id\":\"", copied);
        Assert.DoesNotMatch("ask_[A-Za-z0-9]{12}_[A-Za-z0-9]|demo-gateway-[A-Za-z0-9]", demo.Output);
        Assert.Empty(machine.Leftovers);
        Assert.DoesNotContain(machine.Environment["TMPDIR"], Programs.Run("ps", ["-eo", "args"]).Output);
    }

    /// <summary>Both logins work as printed, and the person's pages have the demo's own requests.</summary>
    [Fact]
    public async Task Demo_PrintsLoginsToTheConsole()
    {
        using var machine = new DemoMachine();
        await using var demo = ProductProcess.Start(machine.Environment, "--stay");
        await demo.WaitForOutputAsync("Everything keeps running until Ctrl+C.");

        var console = Console().Match(demo.Output);
        var logins = Login().Matches(demo.Output);
        Assert.Equal(["alice", "admin"], logins.Select(login => login.Groups["name"].Value));
        foreach (var login in logins.ToList())
        {
            using var browser = new WebBrowser(new(console.Groups["address"].Value));
            var (name, password) = (login.Groups["name"].Value, login.Groups["password"].Value);

            var answer = await browser.LogInAsync(name, password);

            Assert.True(answer.Status == 200, answer.Text);
            Assert.Equal(name == "admin" ? "admin" : "user", (string?)answer.Json["role"]);
            var summary = await browser.GetAsync("/api/me/usage/summary");
            Assert.True(name == "admin" || (long)summary.Json["requestCount"]! > 5, summary.Text);
            Assert.DoesNotContain(password, machine.Logs, StringComparison.Ordinal);
        }

        demo.Signal("INT");
        Assert.Equal(0, await demo.WaitForExitAsync());
    }

    /// <summary>The printed command gets a token that a person approves, and that opens the demo's routes.</summary>
    [RequiresFact("envoy")]
    public async Task Demo_GivesATokenToACommandLine()
    {
        using var machine = DemoMachine.WithEnvoy();
        await using var demo = ProductProcess.Start(machine.Environment, "--stay");
        await demo.WaitForOutputAsync("Everything keeps running until Ctrl+C.");
        var words = Command().Match(demo.Output).Groups["words"].Value.Split(' ');
        var program = Path.Combine(AppContext.BaseDirectory, "authsidecar.dll");
        using var login = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", program, .. words, "--print"])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        var code = "";
        while (await login.StandardError.ReadLineAsync() is { } line && !line.StartsWith("Waiting", StringComparison.Ordinal))
        {
            code = UserCode().IsMatch(line) ? line.Trim() : code;
        }

        using var browser = new WebBrowser(new(Console().Match(demo.Output).Groups["address"].Value));
        var alice = Login().Match(demo.Output);
        await browser.LogInAsync(alice.Groups["name"].Value, alice.Groups["password"].Value);
        await browser.OpenAsync("/device");
        await browser.PostFormAsync("/device", new() { ["user_code"] = code });
        var page = await browser.OpenAsync("/device/approve");
        var grant = Grant().Match(page.Text).Groups[1].Value;
        Assert.Equal(303, (await browser.PostFormAsync("/device/approve", new() { ["grant"] = grant, ["decision"] = "approve" })).Status);
        var token = (await login.StandardOutput.ReadToEndAsync()).Trim();
        await login.WaitForExitAsync();

        Assert.Equal(0, login.ExitCode);
        Assert.StartsWith("aso_", token, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = new(EnvoyAddress().Match(demo.Output).Groups[1].Value) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await http.GetAsync("/app/documents");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(token, machine.Logs, StringComparison.Ordinal);
        Assert.DoesNotContain(code, machine.Logs, StringComparison.Ordinal);
        demo.Signal("INT");
        Assert.Equal(0, await demo.WaitForExitAsync());
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

    /// <summary>The lines for curl on the page that shows a new key.</summary>
    private static async Task<string> NewKeyLinesAsync(string output)
    {
        using var browser = new WebBrowser(new(Console().Match(output).Groups["address"].Value));
        var alice = Login().Match(output);
        _ = await browser.LogInAsync(alice.Groups["name"].Value, alice.Groups["password"].Value);
        await browser.OpenAsync("/ui/me/api-keys");
        var form = new Dictionary<string, string>
        {
            ["Name"] = "copied",
            ["Scopes"] = "llm:invoke",
            ["Lifetime"] = "7776000",
            ["Form"] = Guid.NewGuid().ToString("N"),
        };
        var page = await browser.PostFormAsync("/ui/me/api-keys", form);
        var lines = CurlLines().Match(page.Text);
        Assert.True(lines.Success, page.Text);
        return WebUtility.HtmlDecode(lines.Value);
    }

    [GeneratedRegex("export LLM_KEY=[^<]+")]
    private static partial Regex CurlLines();

    [GeneratedRegex(
        "^Login      dotnet run --project src/AuthSidecar -- (?<words>login --server http://127.0.0.1:[0-9]+) ",
        RegexOptions.Multiline
    )]
    private static partial Regex Command();

    [GeneratedRegex("^  [B-Z3-9]{4}-[B-Z3-9]{4}$")]
    private static partial Regex UserCode();

    [GeneratedRegex("name=\"grant\" value=\"([^\"]+)\"")]
    private static partial Regex Grant();

    [GeneratedRegex("^Envoy      (\\S+)$", RegexOptions.Multiline)]
    private static partial Regex EnvoyAddress();

    [GeneratedRegex("^Console    (?<address>http://127.0.0.1:[0-9]+)/ui/login$", RegexOptions.Multiline)]
    private static partial Regex Console();

    [GeneratedRegex("^           (?<name>[a-z]+) (?<password>[a-z0-9]{20}) [(]", RegexOptions.Multiline)]
    private static partial Regex Login();
}
