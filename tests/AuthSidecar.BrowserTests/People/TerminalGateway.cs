using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.BrowserTests.People;

/// <summary>
/// The shipped envoy.yaml before an upstream that echoes, and a sidecar whose device flow has one client with the scope
/// <c>apps:run</c>. Paths: <c>/app/</c> needs that scope, <c>/openai/</c> another, <c>/anthropic/</c> another type of subject.
/// </summary>
internal sealed class TerminalGateway : IAsyncDisposable
{
    public const string Person = "carol";
    public const int Permits = 2;

    private readonly SidecarSandbox _sandbox;
    private readonly EnvoyServer _envoy;

    private TerminalGateway(SidecarSandbox sandbox, SidecarProcess sidecar, EchoUpstream upstream, EnvoyServer envoy) =>
        (_sandbox, Sidecar, Upstream, _envoy) = (sandbox, sidecar, upstream, envoy);

    public SidecarProcess Sidecar { get; }

    public EchoUpstream Upstream { get; }

    /// <summary>Address of the console.</summary>
    public string Server => Sidecar.Console.GetLeftPart(UriPartial.Authority);

    /// <summary>All that Envoy and the sidecar wrote.</summary>
    public string Logs => string.Join('\n', _envoy.Log) + Sidecar.Output + Sidecar.Errors;

    /// <param name="change">Changes the settings.</param>
    public static async Task<TerminalGateway> StartAsync(Action<JsonObject>? change = null)
    {
        var sandbox = NewSandbox(settings =>
        {
            settings["Policies"] = JsonNode.Parse(
                $$"""
                {
                  "app": { "Scopes": ["apps:run"], "Limit": { "Permits": {{Permits}}, "Window": "01:00:00" } },
                  "openai": { "Scopes": ["llm:invoke"] },
                  "anthropic": { "Scopes": ["apps:run"], "Subjects": ["end_user", "service"] }
                }
                """
            );
            change?.Invoke(settings);
        });
        var sidecar = await SidecarProcess.StartAsync(sandbox);
        var upstream = await EchoUpstream.StartAsync();
        var shipped = EnvoyConfig
            .Patient(Repository.Text("envoy", "envoy.yaml"))
            .Replace("pipe: { path: /run/authsidecar/check.sock }", "socket_address: { address: 127.0.0.1, port_value: 9001 }");
        var config = EnvoyConfig.OnPorts(shipped, (9901, 0), (8080, 0), (9001, sidecar.Check.Port), (9100, upstream.Port));
        var envoy = await EnvoyServer.StartAsync(EnvoyRelease.Newest, config);
        await envoy.WaitUntilHealthyAsync("authsidecar_check");
        return new(sandbox, sidecar, upstream, envoy);
    }

    /// <summary>Settings of a sidecar with one person and one client of the device flow.</summary>
    public static SidecarSandbox NewSandbox(Action<JsonObject>? change = null)
    {
        var sandbox = new SidecarSandbox();
        sandbox.Settings["Console"] = new JsonObject
        {
            ["Bootstrap"] = new JsonObject
            {
                ["Name"] = Person,
                ["Password"] = $"file:{sandbox.WriteSecret("admin", ConsoleHost.Password)}",
            },
        };
        sandbox.Settings["Device"] = new JsonObject
        {
            ["Clients"] = new JsonArray(new JsonObject { ["Id"] = "authsidecar-cli", ["Scopes"] = new JsonArray("apps:run") }),
        };
        change?.Invoke(sandbox.Settings);
        sandbox.Save();
        return sandbox;
    }

    /// <summary>A home directory without files.</summary>
    public string NewHome() => Directory.CreateDirectory(Path.Combine(_sandbox.Root, "home")).FullName;

    /// <summary>Sends a request through Envoy.</summary>
    /// <returns>Status and reason, e.g. <c>429 rate_limited</c>, and how the upstream saw it; null: the upstream was not called.</returns>
    public async Task<(string Answer, EchoedRequest? Seen)> SendAsync(string path, string token)
    {
        Upstream.Forget();
        var answer = await RawHttp.SendAsync(
            _envoy.Port("edge_http"),
            $"GET {path}",
            $"Authorization: Bearer {token}",
            "x-authsidecar-caller-username: root"
        );
        return (
            $"{answer.Status} {string.Join(',', answer.Values("x-authsidecar-reason"))}".TrimEnd(),
            Upstream.Requests.SingleOrDefault()
        );
    }

    /// <returns>Actions of the audit trail about devices and keys, the earliest first, each with its actor.</returns>
    public async Task<IReadOnlyList<string>> AuditAsync()
    {
        var (exitCode, output, errors) = await SidecarProcess.RunAsync(_sandbox, "audit", "--json");
        Assert.True(exitCode == 0, errors);
        return
        [
            .. JsonNode.Parse(output)!["items"]!
                .AsArray()
                .Reverse()
                .Select(row => $"{row!["action"]} by {row["actor"]}")
                .Where(row => row.StartsWith("device", StringComparison.Ordinal) || row.StartsWith("key", StringComparison.Ordinal)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _envoy.DisposeAsync();
        await Upstream.DisposeAsync();
        await Sidecar.DisposeAsync();
        _sandbox.Dispose();
    }
}
